// Lets a panel of datatools be used by keyboard, and remembers who sits there until the tab is closed.
// Draws the grid anew once answers have ceased to come: the App is busy meanwhile, and would show the next
// picture late.
//
// A button whose label ends in [a] is pressed by the key a, while it is in sight and nobody types. The App gives
// Python panels no keys of their own.

(() => {
  const PLUGIN = "@portrait/datatools";
  const WHO = "datatools.annotator_id";
  const PAUSE_MS = 1000; // without another answer
  const PANELS = /(review|annotate)_panel$/;
  const { Operator, OperatorConfig, executeOperator, registerOperator } = window.__foo__;

  let touched = null; // the id of the panel that was used last: two may be in sight

  function panels() {
    const found = [...document.querySelectorAll("[data-cy^='panel-content-']")];
    const ours = found.filter((one) => PANELS.test(one.dataset.cy) && one.offsetParent !== null);
    return ours.sort((one, other) => (other.id === touched) - (one.id === touched));
  }

  function isTyping(target) {
    return target.isContentEditable || /^(input|textarea|select)$/i.test(target.tagName);
  }

  function buttonOf(key) {
    for (const panel of panels()) {
      for (const button of panel.querySelectorAll("button")) {
        if (!button.disabled && button.textContent.trim().endsWith(`[${key}]`)) return button;
      }
    }
    return null;
  }

  function pressed(event) {
    if (event.ctrlKey || event.metaKey || event.altKey || event.repeat) return;
    const key = event.key.toLowerCase();
    if (isTyping(event.target) && key !== "enter") return;
    const button = buttonOf(key);
    if (button === null) return;
    // The App has uses of its own for some of these keys.
    event.preventDefault();
    event.stopImmediatePropagation();
    button.click();
    button.blur(); // or the next space would press it again
  }

  document.addEventListener("keydown", pressed, { capture: true });
  document.addEventListener(
    "pointerdown",
    (event) => {
      const panel = event.target.closest("[data-cy^='panel-content-']");
      if (panel !== null) touched = panel.id;
    },
    { capture: true },
  );

  class RememberAnnotator extends Operator {
    get config() {
      return new OperatorConfig({ name: "remember_annotator", label: "Remember annotator", unlisted: true });
    }

    async execute({ params }) {
      sessionStorage.setItem(WHO, params.annotator_id);
    }
  }

  class RecallAnnotator extends Operator {
    get config() {
      return new OperatorConfig({ name: "recall_annotator", label: "Recall annotator", unlisted: true });
    }

    async execute({ params }) {
      const who = sessionStorage.getItem(WHO);
      if (who) executeOperator("patch_panel_state", { panel_id: params.panel_id, state: { who } });
    }
  }

  let reloading = null;

  class ReloadSoon extends Operator {
    get config() {
      return new OperatorConfig({ name: "reload_soon", label: "Reload samples soon", unlisted: true });
    }

    async execute() {
      clearTimeout(reloading);
      reloading = setTimeout(() => executeOperator("reload_samples"), PAUSE_MS);
    }
  }

  registerOperator(RememberAnnotator, PLUGIN);
  registerOperator(RecallAnnotator, PLUGIN);
  registerOperator(ReloadSoon, PLUGIN);
})();
