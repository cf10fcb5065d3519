/**
 * What the page does in the browser: shows one moment at a time, by keyboard, buttons, rows and the address (`#step=5`).
 *
 * The function is put into the page as text (`html.ts`), so it may use nothing outside of itself: no imports, no constants of
 * this file. Everything there is to see has been written into the page already; this only chooses.
 */
export function stepper(): void {
  const rows = Array.from(document.querySelectorAll<HTMLElement>("[data-row]"));
  const moments = Array.from(document.querySelectorAll<HTMLElement>("[data-moment]"));
  const ticks = Array.from(document.querySelectorAll<HTMLElement>("[data-tick]"));
  const live = document.querySelector<HTMLElement>("#live");
  const counter = document.querySelector<HTMLElement>("#counter");
  const panel = document.querySelector<HTMLElement>(".panel");
  const last = moments.length - 1;
  let shown = -1;

  function fromAddress(): number {
    const found = /^#step=(\d+)$/.exec(location.hash);
    return found === null ? 0 : Number(found[1]);
  }

  function show(wanted: number): void {
    const step = Math.max(0, Math.min(last, wanted));
    if (step === shown) return;
    const isFirst = shown === -1;
    shown = step;
    for (const [at, moment] of moments.entries()) moment.hidden = at !== step;
    for (const list of [rows, ticks]) {
      for (const [at, element] of list.entries()) {
        element.classList.toggle("past", at < step);
        element.classList.toggle("now", at === step);
        element.classList.toggle("future", at > step);
      }
    }
    for (const row of rows) row.removeAttribute("aria-current");
    rows[step]?.setAttribute("aria-current", "step");
    document.documentElement.classList.toggle("is-broken", moments[step]?.classList.contains("broken") === true);
    if (counter !== null) counter.textContent = String(step);
    for (const button of document.querySelectorAll<HTMLButtonElement>("button[data-go]")) {
      const isBack = button.dataset["go"] === "first" || button.dataset["go"] === "back";
      button.setAttribute("aria-disabled", String(isBack ? step === 0 : step === last));
    }
    bringIntoPanel(moments[step]?.querySelector(".changed") ?? null);
    if (isFirst && step === 0) return;
    if (live !== null) live.textContent = moments[step]?.dataset["say"] ?? "";
    history.replaceState(null, "", `#step=${step}`);
    document.documentElement.style.setProperty("--panel", `${panel?.offsetHeight ?? 0}px`);
    const calm = matchMedia("(prefers-reduced-motion: reduce)").matches;
    rows[step]?.scrollIntoView({ block: "nearest", behavior: calm || isFirst ? "auto" : "smooth" });
  }

  /** Scrolls the panel, and nothing else, so that what changed can be seen. */
  function bringIntoPanel(changed: Element | null): void {
    if (panel === null || changed === null) return;
    const below = changed.getBoundingClientRect().bottom - panel.getBoundingClientRect().bottom;
    const above = panel.getBoundingClientRect().top - changed.getBoundingClientRect().top;
    if (below > 0) panel.scrollTop += below + 12;
    if (above > 0) panel.scrollTop -= above + 12;
  }

  function target(go: string | undefined): number {
    if (go === "first") return 0;
    if (go === "last") return last;
    return go === "back" ? shown - 1 : shown + 1;
  }

  const keys: Record<string, string> = {
    ArrowRight: "on",
    ArrowDown: "on",
    ArrowLeft: "back",
    ArrowUp: "back",
    Home: "first",
    End: "last",
  };

  document.addEventListener("keydown", (event) => {
    if (event.altKey || event.ctrlKey || event.metaKey) return;
    const onControl = event.target instanceof Element && event.target.closest("a, button, summary") !== null;
    const go = event.key === " " && !onControl ? (event.shiftKey ? "back" : "on") : keys[event.key];
    if (go === undefined) return;
    event.preventDefault();
    show(target(go));
  });

  document.addEventListener("click", (event) => {
    if (!(event.target instanceof Element)) return;
    const button = event.target.closest<HTMLElement>("button[data-go]");
    if (button !== null) show(target(button.dataset["go"]));
    const link = event.target.closest("a");
    const row = event.target.closest<HTMLElement>("[data-row]");
    const selects = String(getSelection() ?? "") !== "";
    if (row !== null && link === null && !selects) show(Number(row.dataset["row"]));
  });

  addEventListener("hashchange", () => show(fromAddress()));
  document.documentElement.classList.add("steps-on");
  show(fromAddress());
}
