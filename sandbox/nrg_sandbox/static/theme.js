// Dark or light: the system's wish, unless the person chose. Runs before the first paint: no flash.
(() => {
  const root = document.documentElement;
  const wish = matchMedia("(prefers-color-scheme: dark)");
  const chosen = localStorage.getItem("sandbox-theme");
  if (chosen) root.dataset.theme = chosen;

  const current = () => root.dataset.theme ?? (wish.matches ? "dark" : "light");

  addEventListener("DOMContentLoaded", () => {
    const button = document.getElementById("theme");
    const show = () => {
      const other = current() === "dark" ? "light" : "dark";
      button.dataset.shows = other;
      button.setAttribute("aria-label", `Switch to ${other} colours`);
      button.title = `Switch to ${other} colours`;
    };
    button.addEventListener("click", () => {
      root.dataset.theme = current() === "dark" ? "light" : "dark";
      localStorage.setItem("sandbox-theme", root.dataset.theme);
      show();
    });
    wish.addEventListener("change", show);
    show();
  });
})();
