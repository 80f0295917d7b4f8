// What the theme leaves out for readers who use a keyboard or a screen reader.
document.querySelector("[data-md-component=search]")?.setAttribute("aria-label", "Search");
const wide = new MutationObserver(() => {
  for (const box of document.querySelectorAll(".md-typeset__scrollwrap:not([tabindex])")) {
    box.tabIndex = 0; // a table that is wider than the page scrolls by the arrow keys
  }
});
wide.observe(document.body, { childList: true, subtree: true });
