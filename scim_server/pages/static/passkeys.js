// Passkeys: asks the server what to sign, lets the browser sign it, and sends the answer back.
const bytes = (text) => Uint8Array.from(atob(text.replaceAll("-", "+").replaceAll("_", "/")), (each) => each.charCodeAt(0));
const text = (buffer) =>
  btoa(String.fromCharCode(...new Uint8Array(buffer))).replaceAll("+", "-").replaceAll("/", "_").replace(/=+$/, "");

async function post(path, token, body) {
  const headers = { "Content-Type": "application/json", "X-CSRFToken": token };
  const answer = await fetch(path, { method: "POST", headers, body: JSON.stringify(body ?? {}) });
  // The person is to prove again who they are, or was signed out meanwhile.
  if (answer.redirected) return location.assign(answer.url);
  const content = await answer.json().catch(() => ({ detail: "" }));
  if (!answer.ok) throw new Error(content.detail);
  return content;
}

function described(credential) {
  const response = {};
  for (const name of ["clientDataJSON", "attestationObject", "authenticatorData", "signature", "userHandle"]) {
    if (credential.response[name]) response[name] = text(credential.response[name]);
  }
  return { id: credential.id, rawId: text(credential.rawId), type: credential.type, response };
}

async function make(options) {
  options.challenge = bytes(options.challenge);
  options.user.id = bytes(options.user.id);
  for (const known of options.excludeCredentials ?? []) known.id = bytes(known.id);
  return navigator.credentials.create({ publicKey: options });
}

async function use(options) {
  options.challenge = bytes(options.challenge);
  for (const known of options.allowCredentials ?? []) known.id = bytes(known.id);
  return navigator.credentials.get({ publicKey: options });
}

for (const form of document.querySelectorAll("form[data-passkey]")) {
  if (!window.PublicKeyCredential) continue;
  form.hidden = false;
  for (const other of document.querySelectorAll("[data-without-passkeys]")) other.hidden = true;
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const { passkey, options: where, answer, failed } = form.dataset;
    const token = form.elements.csrf_token.value;
    const problem = form.querySelector("[role=alert]");
    problem.textContent = "";
    try {
      const options = await post(where, token);
      if (!options) return;
      const credential = await (passkey === "make" ? make(options) : use(options));
      const path = new URL(answer, location.href);
      if (form.elements.name) path.searchParams.set("name", form.elements.name.value);
      const done = await post(path, token, described(credential));
      if (done) location.assign(done.location);
    } catch (error) {
      problem.textContent = (error.name === "Error" && error.message) || failed;
    }
  });
}
