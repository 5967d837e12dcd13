"use strict";
// On paper: light colours, charts as wide as the paper, and every target's panel drawn.
report.print = (() => {
  const root = document.documentElement;
  let before;

  function prepare() {
    before = report.theme.current();
    root.classList.add("on-paper");
    report.targets.drawAll();
    redraw("light");
    report.graph.takePicture();
  }

  function restore() {
    root.classList.remove("on-paper");
    redraw(before);
  }

  // Sizes first: new colours draw at once, a new size alone would wait for the next frame.
  function redraw(theme) {
    report.chart.resize();
    report.theme.apply(theme);
  }

  addEventListener("beforeprint", prepare);
  addEventListener("afterprint", restore);
  return { prepare };
})();
