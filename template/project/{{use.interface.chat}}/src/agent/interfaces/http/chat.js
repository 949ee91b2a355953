"use strict";

const find = (id) => document.getElementById(id);
const session = crypto.randomUUID ? crypto.randomUUID() : `page-${Date.now()}-${Math.random()}`;
let retry = null; // what to send again when there is a key

function say(kind, text) {
  const box = document.createElement("div");
  box.className = `message ${kind}`;
  find("log").append(box);
  return write(box, text);
}

function write(box, text) {
  box.textContent = text; // never HTML: what a model writes is not trusted
  box.scrollIntoView({ block: "end" });
  return box;
}

async function post(path, body) {
  const headers = { "Content-Type": "application/json" };
  const key = sessionStorage.getItem("key");
  if (key) headers.Authorization = `Bearer ${key}`;
  const response = await fetch(path, { method: "POST", headers, body: JSON.stringify(body) });
  if (response.status !== 401) return response;
  sessionStorage.removeItem("key");
  find("login").hidden = false;
  find("key").focus();
  throw new Error("This service needs an API key.");
}

async function problem(response) {
  const body = await response.json().catch(() => ({}));
  return body.error?.message ?? `The service answered ${response.status}.`;
}

async function* events(response) {
  const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
  const read = () => reader.read().catch(() => ({ done: true })); // it broke: whoever reads on sees
  for (let rest = "", part; !(part = await read()).done; ) {
    const blocks = (rest + part.value).replaceAll("\r\n", "\n").split("\n\n");
    rest = blocks.pop();
    for (const block of blocks) {
      const lines = block.split("\n");
      const get = (name) => lines.find((l) => l.startsWith(`${name}: `))?.slice(name.length + 2);
      if (get("event")) yield [get("event"), JSON.parse(get("data"))];
    }
  }
}

const text = (output) => (typeof output === "string" ? output : JSON.stringify(output, null, 2));

function ended(run, box) {
  if (run.error) say("error", run.error.message);
  else if (run.status === "succeeded") write(box ?? say("agent", ""), text(run.output));
  else if (run.status !== "waiting") say("error", `The run has ${run.status}.`);
}

async function ask(input) {
  const response = await post("/v1/runs/stream", { input, session_id: session });
  if (!response.ok) throw new Error(await problem(response));
  let box = null;
  let done = false;
  for await (const [event, data] of events(response)) {
    if (event === "token") {
      box ??= say("agent", "");
      write(box, box.textContent + data.text);
    }
    if (event === "waiting") question(data.run_id, data.node, data);
    if (event === "run_finished") [done] = [true, ended(data, box)];
  }
  if (!done) throw new Error("The connection broke before the answer was complete.");
}

function question(run, node, { message, choices }) {
  const box = say("question", message);
  const row = document.createElement("div");
  row.className = "choices";
  const label = document.createElement("label");
  const comment = document.createElement("input");
  label.append("Comment (optional)", comment);
  row.append(label);
  for (const choice of choices) {
    const button = document.createElement("button");
    button.textContent = choice;
    button.onclick = () => attempt(() => resume(run, node, choice, comment.value, row));
    row.append(button);
  }
  box.append(row);
  box.scrollIntoView({ block: "end" });
}

async function resume(run, node, choice, comment, row) {
  const answer = comment ? { choice, comment } : { choice };
  const response = await post(`/v1/runs/${run}/resume`, { [node]: answer });
  const body = await response.json().catch(() => ({}));
  if (!body.id) throw new Error(body.error?.message ?? `The service answered ${response.status}.`);
  row.remove();
  say("you", choice);
  for (const [next, asked] of Object.entries(body.waiting)) question(run, next, asked);
  ended(body, null);
}

async function attempt(action) {
  const buttons = () => document.querySelectorAll("#ask button, .choices button");
  buttons().forEach((b) => (b.disabled = true));
  try {
    await action();
  } catch (error) {
    if (!find("login").hidden) retry = action;
    const lost = error instanceof TypeError; // what fetch throws without a connection
    say("error", lost ? "The service cannot be reached." : error.message);
  } finally {
    buttons().forEach((b) => (b.disabled = false));
  }
}

find("ask").onsubmit = (event) => {
  event.preventDefault();
  const input = find("input").value.trim();
  if (!input) return;
  find("input").value = "";
  say("you", input);
  attempt(() => ask(input));
};

find("input").onkeydown = (event) => {
  if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
  event.preventDefault();
  if (!find("ask").querySelector("button").disabled) find("ask").requestSubmit();
};

find("login").onsubmit = (event) => {
  event.preventDefault();
  sessionStorage.setItem("key", find("key").value);
  find("key").value = "";
  find("login").hidden = true;
  const action = retry;
  retry = null;
  if (action) attempt(action);
};
