# make help says what each target does.
.DEFAULT_GOAL := help
.PHONY: help test check fmt lint clean

help: ## this list
	@grep -hE '^[a-z]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z]+):.*## /\1\t/' | expand -t 10

test: ## install what the tests need, run every test
	scripts/prerequisites test
	$(MAKE) lint
	scripts/postgres-test cargo test --locked --test it

check: ## format, lints, in-process tests: the fast part
	$(MAKE) lint
	scripts/postgres-test cargo test --locked --test it

lint: ## rustfmt and clippy
	cargo fmt --check
	cargo clippy --locked --all-targets

fmt: ## format the code
	cargo fmt

clean: ## remove what was built
	cargo clean
