// What pages need a script for: live parts that stopped, questions before what cannot be undone,
// texts to be copied, fields that a button fills in, and values that must not stay behind.

// Says so when the live parts of a page stop getting answers, and takes it back when they do.
(() => {
  let lastAnswer = Date.now();

  const note = () => document.getElementById("live-note");

  const pause = () => {
    const live = document.getElementById("live");
    if (!live) return;
    if (!note()) {
      const paragraph = document.createElement("p");
      paragraph.id = "live-note";
      paragraph.className = "sr-live-note";
      paragraph.setAttribute("role", "status");
      live.before(paragraph);
    }
    const seconds = Math.round((Date.now() - lastAnswer) / 1000);
    note().textContent = `Live updates paused — last update ${seconds} s ago. Trying again.`;
  };

  document.addEventListener("htmx:sendError", pause);
  document.addEventListener("htmx:responseError", pause);
  document.addEventListener("htmx:afterSwap", () => {
    lastAnswer = Date.now();
    note()?.remove();
  });
})();

document.addEventListener("submit", (event) => {
  const question = event.target.dataset.confirm;
  if (question && !window.confirm(question)) event.preventDefault();
});

// Buttons that fill in fields of the form.
(() => {
  const field = (name) => document.querySelector(`form [name="${name}"]`);
  const fill = (name, value) => {
    field(name).value = value;
    field(name).dispatchEvent(new Event("input", { bubbles: true }));
    field(name).dispatchEvent(new Event("change", { bubbles: true }));
  };

  // "Change shape": chooses the way to sign in that a value belongs to, and moves it there.
  document.addEventListener("click", (event) => {
    const { shape, source, target } = event.target.dataset;
    if (!shape) return;
    const value = field(source).value;
    fill("shape", shape);
    fill(source, "");
    fill(target, value);
  });

  // What mends a form that is not saved yet: a choice in one of its fields.
  document.addEventListener("click", (event) => {
    const { choose, value } = event.target.dataset;
    if (choose) fill(choose, value);
  });
})();

// What a form opens to make a new thing begins with the team that the form has.
(() => {
  const passOn = () => {
    const team = document.querySelector('form [name="team"]');
    if (!team) return;
    for (const link of document.querySelectorAll('form a[id^="add_id_"]')) {
      const address = new URL(link.href);
      address.searchParams.set("team", team.value);
      link.href = address;
    }
  };

  document.addEventListener("DOMContentLoaded", passOn);
  document.addEventListener("change", (event) => {
    if (event.target.name === "team") passOn();
  });
})();

// Copies the button's own text, or the one that stands before it, and says so on the button.
document.addEventListener("click", async (event) => {
  const button = event.target.closest("[data-copy]");
  if (!button) return;
  const shown = button.previousElementSibling;
  const word = button.dataset.word ?? button.textContent;
  button.dataset.word = word;
  try {
    await navigator.clipboard.writeText(button.dataset.copy || shown.textContent);
    button.textContent = "Copied";
  } catch {
    // Browsers allow this on secure pages only: then the text is marked, to be copied by hand.
    if (shown) window.getSelection().selectAllChildren(shown);
    button.textContent = shown ? "Marked: press Ctrl-C" : "Not allowed on this page";
  }
  setTimeout(() => { button.textContent = word; }, 3000);
});

window.addEventListener("pagehide", () => {
  for (const shown of document.querySelectorAll("[data-forget]")) shown.remove();
});

// The theme writes the name of a chosen file into a text field beside it. Here browsers show it.
document.addEventListener("DOMContentLoaded", () => {
  for (const input of document.querySelectorAll(".sr-file")) input.hasChangeListener = true;
});
