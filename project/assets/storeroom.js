// What pages need a script for: live parts that stopped, questions before what cannot be undone,
// texts to copy, and values that must not stay behind.

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

document.addEventListener("click", async (event) => {
  const button = event.target.closest("[data-copy]");
  if (!button) return;
  const text = button.parentElement.querySelector("code");
  try {
    await navigator.clipboard.writeText(text.textContent);
    button.textContent = "Copied";
  } catch {
    // Without TLS a browser has no clipboard for pages: mark the text, for the keyboard.
    window.getSelection().selectAllChildren(text);
    button.textContent = "Marked: press Ctrl-C";
  }
});

window.addEventListener("pagehide", () => {
  for (const shown of document.querySelectorAll("[data-forget]")) shown.remove();
});
