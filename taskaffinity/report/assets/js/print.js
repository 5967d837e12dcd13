"use strict";
// On paper: light colours, and every target's panel drawn.
report.print = (() => {
  let before;

  function prepare() {
    before = report.theme.current();
    document.documentElement.dataset.theme = "light";
    report.targets.drawAll();
    report.theme.apply("light");
    report.chart.resize();
  }

  function restore() {
    report.theme.apply(before);
    report.chart.resize();
  }

  addEventListener("beforeprint", prepare);
  addEventListener("afterprint", restore);
  return { prepare };
})();
