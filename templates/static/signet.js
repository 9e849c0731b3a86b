// Only enhances: every page works without it.
"use strict";

for (const form of document.querySelectorAll("form[data-submit]")) form.submit();

for (const button of document.querySelectorAll("button[data-copy]")) {
  const source = document.getElementById(button.dataset.copy);
  if (!source || !navigator.clipboard) continue;
  button.hidden = false;
  button.addEventListener("click", async () => {
    const items = Array.from(source.querySelectorAll("li"), (item) => item.textContent.trim());
    await navigator.clipboard.writeText(items.length ? items.join("\n") : source.textContent);
    button.textContent = button.dataset.done;
  });
}

// A deep link of AWS's portal: what stands behind # no server sees, and a sign-in on the way would lose it.
const deep = /^#\/console\?(.+)$/.exec(location.hash);
if (deep) sessionStorage.setItem("signet-console", deep[1]);
const portal = document.querySelector("main#portal");
if (portal && sessionStorage.getItem("signet-console")) {
  const query = sessionStorage.getItem("signet-console");
  sessionStorage.removeItem("signet-console");
  location.replace(`/aws/console?${query}`);
}

// The portal's search: "/" goes there, arrows go through the consoles, Enter takes the first.
const filter = document.getElementById("filter");
const rows = document.querySelectorAll("[data-filter]");
const matches = document.getElementById("matches");
const words = (text) => text.toLowerCase().split(/\s+/).filter(Boolean);
const consoles = () => Array.from(portal.querySelectorAll(".console-link")).filter((link) => link.checkVisibility());

function narrow() {
  const wanted = words(filter.value);
  for (const row of rows) {
    const text = row.dataset.filter.toLowerCase();
    row.hidden = !wanted.every((word) => text.includes(word));
  }
  for (const account of document.querySelectorAll("details.account")) {
    account.hidden = !account.querySelector("[data-filter]:not([hidden])");
    if (wanted.length) account.open = true;
  }
}

function door(address, name, account, set) {
  const link = document.createElement("a");
  link.className = address === "console" ? "console-link" : "command-line-link";
  link.href = `/aws/${address}?${new URLSearchParams({ account_id: account[0], role_name: set })}`;
  link.textContent = name;
  const whole = document.createElement("span");
  whole.className = "hidden";
  whole.textContent = ` ${set} ${account[1]}`;
  link.append(whole);
  return link;
}

function list(all, form) {
  const wanted = words(filter.value);
  const found = [];
  for (const account of wanted.length ? all.accounts : []) {
    const place = `${account[1]} ${account[0]} `.toLowerCase();
    for (const index of account[2]) {
      if (wanted.every((word) => place.includes(word) || all.sets[index].toLowerCase().includes(word))) found.push([account, all.sets[index]]);
      if (found.length === 20) break;
    }
    if (found.length === 20) break;
  }
  matches.replaceChildren(...found.map(([account, set]) => {
    const item = document.createElement("li");
    const name = document.createElement("span");
    name.className = "name";
    name.textContent = set;
    const where = document.createElement("span");
    where.className = "fine";
    where.textContent = ` ${account[1]} · ${account[0]}`;
    const what = document.createElement("div");
    what.append(name, where);
    const doors = document.createElement("div");
    doors.className = "doors";
    doors.append(door("console", form.dataset.console, account, set), door("command-line", form.dataset.commandLine, account, set));
    item.append(what, doors);
    return item;
  }));
  matches.hidden = !found.length;
}

if (filter && !portal) {
  filter.hidden = false;
  filter.addEventListener("input", narrow);
}

if (portal && filter) {
  const form = filter.form;
  let all = null;
  filter.addEventListener("focus", async () => {
    if (all || !form.dataset.roles) return;
    const answer = await fetch(form.dataset.roles, { credentials: "same-origin" });
    if (answer.ok) { all = await answer.json(); list(all, form); }
  });
  filter.addEventListener("input", () => (form.dataset.roles ? all && list(all, form) : narrow()));
  form.addEventListener("submit", (event) => {
    // What was found, and nothing else; nothing yet: the server looks.
    const found = form.dataset.roles ? matches.querySelectorAll(".console-link") : consoles();
    const [first] = filter.value ? found : [];
    if (!first) return;
    event.preventDefault();
    first.click();
  });
  document.addEventListener("keydown", (event) => {
    const isTyping = ["INPUT", "TEXTAREA", "SELECT"].includes(document.activeElement.tagName);
    if (event.key === "/" && !isTyping) { event.preventDefault(); filter.focus(); }
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    const links = step ? consoles() : [];
    if (!links.length) return;
    event.preventDefault();
    links[Math.min(Math.max(links.indexOf(document.activeElement) + step, 0), links.length - 1)].focus();
  });
}

// Passkeys: a form holds the question; its answer goes back as a form, so that the server answers with a page.
const octets = (text) => Uint8Array.from(atob(text.replace(/-/g, "+").replace(/_/g, "/")), (c) => c.charCodeAt(0));
const text = (buffer) =>
  btoa(String.fromCharCode(...new Uint8Array(buffer))).replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "");

function question(form) {
  const options = JSON.parse(form.dataset.options);
  options.challenge = octets(options.challenge);
  if (options.user) options.user.id = octets(options.user.id);
  for (const key of [...(options.allowCredentials || []), ...(options.excludeCredentials || [])]) key.id = octets(key.id);
  return options;
}

function answer(form, credential) {
  const { response } = credential;
  const told = { clientDataJSON: text(response.clientDataJSON) };
  if (response.attestationObject) {
    told.attestationObject = text(response.attestationObject);
    if (response.getTransports) told.transports = response.getTransports();
  } else {
    told.authenticatorData = text(response.authenticatorData);
    told.signature = text(response.signature);
    if (response.userHandle && response.userHandle.byteLength) told.userHandle = text(response.userHandle);
  }
  form.elements.answer.value = JSON.stringify({
    id: credential.id, rawId: text(credential.rawId), type: credential.type,
    extensions: credential.getClientExtensionResults(), response: told,
  });
  form.submit();
}

// One question at a time: the one that waits in the name's field gives way to the button.
let waiting = null;
async function ask(form, mediation) {
  if (waiting) waiting.abort();
  waiting = new AbortController();
  const isNew = ["passkey", "security-key"].includes(form.dataset.passkey);
  const wanted = { publicKey: question(form), signal: waiting.signal };
  if (mediation) wanted.mediation = mediation;
  answer(form, await (isNew ? navigator.credentials.create(wanted) : navigator.credentials.get(wanted)));
}

if (window.PublicKeyCredential) {
  for (const form of document.querySelectorAll("form[data-passkey]")) {
    form.hidden = false;
    form.querySelector("button").addEventListener("click", () => {
      form.querySelector("[role=alert]").hidden = true;
      ask(form).catch((error) => {
        if (error.name !== "AbortError") form.querySelector("[role=alert]").hidden = false;
      });
    });
  }
  const quiet = document.querySelector("form[data-conditional]");
  if (quiet && PublicKeyCredential.isConditionalMediationAvailable) {
    PublicKeyCredential.isConditionalMediationAvailable().then((can) => can && ask(quiet, "conditional")).catch(() => {});
  }
}
