// What is asked of every page, at every width. A box that scrolls by itself may hold more than
// the window is wide. Contrast: WCAG 2.2, 1.4.3 and 1.4.11.
const rgb = (text) => (text.match(/[\d.]+/g) || []).map(Number);
const over = (front, back) => {
  const alpha = front.length > 3 ? front[3] : 1;
  return [0, 1, 2].map((n) => alpha * front[n] + (1 - alpha) * back[n]);
};
const luminance = (color) => {
  const [r, g, b] = color.map((v) => (v /= 255) <= .03928 ? v / 12.92 : ((v + .055) / 1.055) ** 2.4);
  return .2126 * r + .7152 * g + .0722 * b;
};
const contrast = (a, b) => {
  const [low, high] = [luminance(a), luminance(b)].sort((x, y) => x - y);
  return (high + .05) / (low + .05);
};
const behind = (view, element) => {
  const layers = [];
  for (let e = element; e; e = e.parentElement) {
    const color = rgb(view.getComputedStyle(e).backgroundColor);
    if (color.length && !(color.length > 3 && color[3] === 0)) layers.push(color);
  }
  return layers.reverse().reduce((back, front) => over(front, back), [255, 255, 255]);
};
const name = (e) => (e.getAttribute("aria-label") || e.getAttribute("alt") || e.textContent ||
  (e.getAttribute("aria-labelledby") ? "labelled" : "")).trim();
const shown = (e) => e.getClientRects().length > 0;
const told = (e) => e.outerHTML.slice(0, 120);

function look(frame) {
  const page = frame.contentDocument, root = page.documentElement, view = frame.contentWindow;
  for (const one of page.querySelectorAll("details")) one.open = true;
  const wide = [...page.querySelectorAll("svg, p, h1, h2, h3, h4, dd, li, figure, img, audio, summary, dl")]
    .filter((e) => !e.closest(".scroll") && !e.parentElement.closest("svg") &&
      e.getBoundingClientRect().right > root.clientWidth + 1);
  const faint = [];
  const walk = page.createTreeWalker(page.body, NodeFilter.SHOW_TEXT);
  while (walk.nextNode()) {
    const e = walk.currentNode.parentElement;
    if (!walk.currentNode.textContent.trim() || e.closest("script, style, .skip") || !shown(e)) continue;
    const style = view.getComputedStyle(e), text = e.closest("svg text");
    const front = rgb(text ? view.getComputedStyle(text).fill : style.color), back = behind(view, e);
    const size = parseFloat(style.fontSize), bold = Number(style.fontWeight) >= 700;
    const needed = !text && (size >= 24 || (bold && size >= 18.66)) ? 3 : 4.5;
    if (contrast(over(front, back), back) < needed) faint.push(told(e));
  }
  const paper = behind(view, page.body);
  const strokes = [...page.querySelectorAll("svg path[style*='--c'], .bar span")].filter((e) => {
    const style = view.getComputedStyle(e);
    const drawn = e.closest("svg") ? [style.stroke, style.fill] : [style.backgroundColor];
    const color = drawn.map(rgb).find((c) => c.length >= 3 && !(c.length > 3 && c[3] === 0));
    return color && contrast(color.slice(0, 3), paper) < 3;
  });
  const levels = [...page.querySelectorAll("h1, h2, h3, h4, h5, h6")].map((e) => Number(e.tagName[1]));
  const ids = [...page.querySelectorAll("[id]")].map((e) => e.id);
  const focusable = [...page.querySelectorAll("a[href], button, summary, audio, [tabindex='0']")];
  const unseen = focusable.filter((e) => shown(e) && !e.matches(".skip, audio")).filter((e) => {
    e.focus({focusVisible: true});
    return view.getComputedStyle(e).outlineStyle === "none";
  });
  const table = page.querySelector("table.sortable");
  let sorted = null;
  if (table) {
    const head = [...table.tHead.rows[0].cells].find((c) => c.cellIndex > 0 && c.querySelector("button"));
    const values = () => [...table.tBodies[0].rows].map((row) => row.cells[head.cellIndex].dataset.value)
      .filter((v) => v !== undefined).map(Number);
    head.querySelector("button").click();
    sorted = {first: values(), aria: [head.getAttribute("aria-sort")]};
    head.querySelector("button").click();
    sorted.second = values();
    sorted.aria.push(head.getAttribute("aria-sort"));
  }
  return {
    asked: frame.width, width: root.clientWidth, scroll: root.scrollWidth, height: root.scrollHeight,
    dark: view.matchMedia("(prefers-color-scheme: dark)").matches,
    svgs: page.querySelectorAll("svg").length, wide: wide.map(told), faint, strokes: strokes.map(told),
    thin: [...page.querySelectorAll("figure > svg")].filter((e) => e.getBoundingClientRect().height < 80).length,
    unnamed: [...page.querySelectorAll("svg, img, audio, a, button, summary, [role=region], nav")]
      .filter((e) => !e.parentElement.closest("svg") && !name(e)).map(told),
    levels, jumps: levels.filter((level, n) => n && level > levels[n - 1] + 1).length,
    twice: ids.filter((id, n) => ids.indexOf(id) !== n),
    dangling: [...page.querySelectorAll("a[href^='#'], [aria-labelledby]")].filter((e) =>
      !page.getElementById((e.getAttribute("href") || "").slice(1) || e.getAttribute("aria-labelledby"))).map(told),
    tables: [...page.querySelectorAll("table")].filter((t) => !t.caption ||
      [...t.querySelectorAll("th")].some((th) => !th.scope)).map(told),
    cut: [...page.querySelectorAll("#quality .scroll")].filter((e) => e.scrollWidth > e.clientWidth + 1).map(told),
    rows: [...page.querySelectorAll(".figures.pairs")].map((e) =>
      [...e.children].map((figure) => Math.round(figure.getBoundingClientRect().top))),
    unseen: unseen.map(told), sorted, language: root.lang, skip: page.body.firstElementChild.className,
  };
}
addEventListener("load", () => {
  document.getElementById("found").textContent =
    JSON.stringify([...document.querySelectorAll("iframe")].map(look));
});
