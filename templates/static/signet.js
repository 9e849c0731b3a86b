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

const filter = document.getElementById("filter");
const rows = document.querySelectorAll("[data-filter]");
if (filter && rows.length > 3) {
  filter.hidden = false;
  filter.addEventListener("input", () => {
    const words = filter.value.toLowerCase().split(/\s+/).filter(Boolean);
    for (const row of rows) {
      const text = row.dataset.filter.toLowerCase();
      row.hidden = !words.every((word) => text.includes(word));
      if (row.tagName === "DETAILS" && words.length) row.open = !row.hidden;
    }
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
