# make help says what each target does.
.DEFAULT_GOAL := help
.PHONY: help demo run test check bench fuzz soak lint fmt clean

help: ## this list
	@grep -hE '^[a-z]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z]+):.*## /\1\t/' | expand -t 10

demo: ## build, and start a complete organisation to click through
	scripts/prerequisites build
	cargo build --locked --release
	target/release/signet demo

run: ## build, and serve a real instance in ./data (made at the first start)
	scripts/prerequisites build
	cargo build --locked --release
	scripts/run

test: ## install what the tests need, run every test
	scripts/prerequisites test
	$(MAKE) lint
	cargo build --locked
	scripts/peers
	scripts/postgres-test cargo test --locked --test it
	scripts/postgres-test cargo test --locked --test it -- --ignored kill::on
	scripts/postgres-test scripts/browser-tests

check: ## format, lints, in-process tests: the fast part
	scripts/prerequisites test
	$(MAKE) lint
	scripts/peers
	scripts/postgres-test cargo test --locked --test it -- --skip peers:: --skip laptop:: --skip cli:: --skip doctor::

bench: ## measure; writes benches/RESULTS.md
	scripts/prerequisites test
	cargo build --locked --release
	cargo bench --locked --bench spine

fuzz: ## each fuzz target for a minute
	scripts/prerequisites fuzz
	scripts/fuzz

soak: ## what is too long for the tests: many kills, long fuzzing, mutants
	scripts/prerequisites soak
	cargo build --locked
	SIGNET_TEST_KILLS=200 scripts/postgres-test cargo test --locked --test it -- --ignored kill::on
	SIGNET_FUZZ_SECONDS=600 scripts/fuzz
	scripts/mutants

lint: ## rustfmt, clippy, cargo-deny
	scripts/prerequisites lint
	cargo fmt --check
	cargo clippy --locked --all-targets -- -D warnings
	scripts/deny

fmt: ## format the code
	cargo fmt

clean: ## remove what was built
	cargo clean
