"use strict";
// A chart that redraws itself when colours or its width change.
report.chart = (() => {
  const charts = new Map();

  const FONT = getComputedStyle(document.body).fontFamily;

  function text() {
    return { color: report.theme.colour("text"), fontFamily: FONT, fontSize: 12 };
  }

  // `describe` returns ECharts' options; `height`, where given, the height in pixels.
  function make(element, describe, { height, onClick } = {}) {
    if (height) element.style.height = `${height}px`;
    const chart = echarts.init(element, null, { renderer: "svg" });
    const draw = () => chart.setOption({ textStyle: text(), animation: false, ...describe() }, true);
    draw();
    if (onClick) chart.on("click", onClick);
    charts.set(element, { chart, draw });
    new ResizeObserver(() => chart.resize()).observe(element);
    return draw;
  }

  function redraw() {
    for (const { draw } of charts.values()) draw();
  }

  function axis(options) {
    const line = { lineStyle: { color: report.theme.colour("line") } };
    return {
      axisLine: line, axisTick: { show: false }, splitLine: line, nameTextStyle: { color: report.theme.colour("soft") },
      axisLabel: { color: report.theme.colour("soft") }, nameLocation: "middle", ...options,
    };
  }

  // A dot in the colour of a group, as ECharts' rich text: names of styles are letters and digits only.
  const styleOf = (fill) => `dot${fill.slice(1)}`;
  const dot = (name) => `{${styleOf(report.task(name).fill)}|}`;

  // Names of tasks on a category axis, each in the colour of its group.
  function taskAxis(names, options = {}) {
    const rich = Object.fromEntries(names.map((name) => {
      const { fill } = report.task(name);
      return [styleOf(fill), { backgroundColor: fill, width: 9, height: 9, borderRadius: 5 }];
    }));
    return axis({
      type: "category", data: names, splitLine: { show: false },
      axisLabel: {
        interval: 0, color: report.theme.colour("text"), rich,
        formatter: (name) => `${report.task(name).title}  ${dot(name)}`,
        ...options.axisLabel,
      },
      ...options.axis,
    });
  }

  function tooltip(formatter) {
    return {
      trigger: "item", confine: true, formatter, renderMode: "html", backgroundColor: report.theme.colour("card"),
      borderColor: report.theme.colour("line"), textStyle: { color: report.theme.colour("text"), fontSize: 13 },
    };
  }

  const escape = echarts.format.encodeHTML;
  const resize = () => charts.forEach(({ chart }) => chart.resize());
  report.theme.onChange(redraw);
  return { make, resize, axis, taskAxis, dot, tooltip, escape, has: (element) => charts.has(element) };
})();
