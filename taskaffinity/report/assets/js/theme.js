"use strict";
// Light and dark: the reader's system decides until the button is pressed.
report.theme = (() => {
  const root = document.documentElement;
  const system = matchMedia("(prefers-color-scheme: dark)");
  const button = document.getElementById("theme");
  const listeners = [];

  const isDark = () => (root.dataset.theme ? root.dataset.theme === "dark" : system.matches);
  const colour = (name) => getComputedStyle(root).getPropertyValue(`--${name}`).trim();

  function apply(theme) {
    if (theme) root.dataset.theme = theme;
    else delete root.dataset.theme;
    button.textContent = isDark() ? "Light colours" : "Dark colours";
    for (const listener of listeners) listener();
  }

  button.addEventListener("click", () => apply(isDark() ? "light" : "dark"));
  system.addEventListener("change", () => apply(root.dataset.theme));
  return { apply, colour, isDark, current: () => root.dataset.theme, onChange: (listener) => listeners.push(listener) };
})();
