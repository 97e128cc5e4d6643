// Sends an image to the server and shows what it answers. All text goes in as text, never as HTML.

const SHOWN_CLASSES = 10;
const TOO_LONG_MS = 300;

const byId = id => document.getElementById(id);
const drop = byId("drop"), file = byId("file"), error = byId("error"), status = byId("status"), result = byId("result");

let model = null;
let current = null;       // the file that is shown
let imageUrl = null;      // where the browser has it
let running = null;       // the request that is on its way
let showsAll = false;

describeModel();
file.addEventListener("change", () => {
  const chosen = file.files[0];
  // So that the same file can be chosen again.
  file.value = "";
  if (chosen) {
    open(chosen);
  }
});
document.addEventListener("paste", event => {
  const pasted = [...(event.clipboardData?.files ?? [])];
  if (pasted.length > 0) {
    open(pasted[0]);
  }
});
// Anywhere on the page: a browser would open what falls beside the field, and the page would be gone.
document.addEventListener("dragover", event => {
  event.preventDefault();
  drop.classList.add("over");
});
document.addEventListener("dragleave", event => {
  if (event.relatedTarget === null) {
    drop.classList.remove("over");
  }
});
document.addEventListener("drop", event => {
  event.preventDefault();
  drop.classList.remove("over");
  const dropped = event.dataTransfer.files;
  if (dropped.length === 0) {
    showError("Nothing was dropped that is a file. Save the image first, and drop the file.");
  } else {
    open(dropped[0], dropped.length > 1 ? `Of ${dropped.length} files, this is the first.` : "");
  }
});
byId("more").addEventListener("click", () => {
  showsAll = true;
  const first = byId("classes").children[SHOWN_CLASSES];
  for (const item of byId("classes").children) {
    item.hidden = false;
  }
  byId("more").hidden = true;
  first.querySelector("button")?.focus();
});

async function describeModel() {
  try {
    const response = await fetch("/api/model");
    model = await response.json();
    const classes = model.classes.length > 12 ? `${model.classes.slice(0, 12).join(", ")}, …` : model.classes.join(", ");
    byId("model").textContent = `${model.name} tells ${model.classes.length} classes apart: ${classes}. It sees images in ${model.width} × ${model.height} pixels.`;
    document.title = `${model.name} – ImageStudio`;
  } catch {
    showError(unreachable());
  }
}

async function open(chosen, note = "") {
  if (model && chosen.size > model.maxBytes) {
    running?.abort();
    showError(`“${chosen.name}” has ${(chosen.size / 1048576).toFixed(1)} MiB; at most ${model.maxBytes / 1048576} MiB are read.`);
    return;
  }

  showsAll = false;
  const answer = await ask(chosen);
  if (answer) {
    current = chosen;
    if (imageUrl) {
      URL.revokeObjectURL(imageUrl);
    }

    imageUrl = URL.createObjectURL(chosen);
    byId("image").src = imageUrl;
    byId("image").alt = `The image ${chosen.name}`;
    byId("image-caption").textContent = note ? `${chosen.name}. ${note}` : chosen.name;
    showPrediction(answer);
  }
}

async function explain(className) {
  const answer = await ask(current, className);
  if (answer) {
    showPrediction(answer);
    [...byId("classes").querySelectorAll("button")].find(button => button.dataset.name === className)?.focus();
  }
}

// What the server answers; nothing where that is an error, which is shown, or where something else has been asked meanwhile.
async function ask(image, className) {
  running?.abort();
  const request = new AbortController();
  running = request;
  error.hidden = true;
  result.setAttribute("aria-busy", "true");
  const patience = setTimeout(() => { status.textContent = `Looking at ${image.name} …`; }, TOO_LONG_MS);
  try {
    const form = new FormData();
    form.append("image", image, image.name);
    if (className !== undefined) {
      form.append("class", className);
    }

    const response = await fetch("/api/predict", { method: "POST", body: form, signal: request.signal });
    const body = await response.json();
    if (response.ok) {
      return body;
    }

    showError(body.detail ?? body.title ?? `The server answered with error ${response.status}.`);
  } catch (exception) {
    if (exception.name !== "AbortError") {
      showError(unreachable());
    }
  } finally {
    clearTimeout(patience);
    if (running === request) {
      running = null;
      status.textContent = "";
      result.removeAttribute("aria-busy");
    }
  }

  return null;
}

function unreachable() {
  return "The server does not answer. Is it still running? If the file is in a folder that changes, choose it again.";
}

// An error is about another image than the one below it, which would only mislead.
function showError(message) {
  result.hidden = true;
  error.textContent = message;
  error.hidden = false;
}

function showPrediction(answer) {
  const best = answer.classes[0];
  byId("answer").textContent = `${best.name}, ${percent(best.probability)}`;
  showOverlay(answer);
  const explained = answer.overlay?.className;
  byId("classes").replaceChildren(...answer.classes.map((one, index) => {
    const item = document.createElement("li");
    item.append(bar(one, explained));
    item.hidden = !showsAll && index >= SHOWN_CLASSES;
    return item;
  }));
  byId("hint").hidden = explained === undefined;
  byId("more").hidden = showsAll || answer.classes.length <= SHOWN_CLASSES;
  byId("more").textContent = `Show all ${answer.classes.length} classes`;
  result.hidden = false;
}

function showOverlay(answer) {
  const overlay = byId("overlay"), missing = byId("no-overlay"), caption = byId("overlay-caption");
  const has = answer.overlay !== undefined;
  overlay.hidden = !has;
  missing.hidden = has;
  byId("legend").hidden = !has;
  if (has) {
    overlay.src = answer.overlay.png;
    caption.textContent = answer.overlay.isAnywhere
      ? `What speaks for “${answer.overlay.className}”`
      : `Nothing in the image speaks for “${answer.overlay.className}”`;
    overlay.alt = `The image, in colors where it speaks for ${answer.overlay.className}`;
  } else {
    overlay.removeAttribute("src");
    missing.textContent = `No heat map: ${answer.noOverlayReason}`;
    caption.textContent = "";
  }
}

// A class with its probability: a button where it can be explained.
function bar(one, explained) {
  const element = document.createElement(explained === undefined ? "div" : "button");
  element.className = "bar";
  element.dataset.name = one.name;
  if (explained !== undefined) {
    element.type = "button";
    element.setAttribute("aria-pressed", String(one.name === explained));
    element.addEventListener("click", () => explain(one.name));
  }

  const track = span("track", "");
  const fill = span("fill", "");
  fill.style.width = `${100 * one.probability}%`;
  track.append(fill);
  element.append(span("name", one.name), span("percent", percent(one.probability)), track);
  return element;
}

function span(className, text) {
  const element = document.createElement("span");
  element.className = className;
  element.textContent = text;
  return element;
}

function percent(probability) {
  return probability > 0 && probability < 0.0005 ? "< 0.1 %" : `${(100 * probability).toFixed(1)} %`;
}
