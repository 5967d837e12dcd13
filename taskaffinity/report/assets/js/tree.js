"use strict";
// The task tree, with its root at the left.
report.tree = (() => {
  const { tree } = report.data;
  const element = document.getElementById("tree-chart");

  function branch(params, api) {
    const points = tree.branches[params.dataIndex].map(([place, distance]) => api.coord([distance, place]));
    return { type: "polyline", shape: { points }, style: { stroke: report.theme.colour("text"), fill: null, lineWidth: 1.4 } };
  }

  function rule(params, api) {
    const place = tree.breaks[params.dataIndex];
    const { x, width } = params.coordSys;
    const y = api.coord([0, place])[1];
    return { type: "line", shape: { x1: x, x2: x + width, y1: y, y2: y }, style: { stroke: report.theme.colour("line"), lineDash: [4, 4] } };
  }

  function describe() {
    const names = tree.leaves;
    return {
      grid: { left: 12, right: 186, top: 8, bottom: 44 },
      xAxis: report.chart.axis({ type: "value", inverse: true, max: "dataMax", axisLabel: { color: report.theme.colour("soft"), showMaxLabel: false }, name: "distance at which tasks join", nameGap: 26 }),
      yAxis: [
        { type: "value", min: -0.5, max: names.length - 0.5, inverse: true, show: false },
        report.chart.taskAxis(names, {
          axis: { position: "right", inverse: true, axisLine: { show: false } },
          axisLabel: { formatter: (name) => `${report.chart.dot(name)}  ${report.task(name).title}` },
        }),
      ],
      series: [
        { type: "custom", renderItem: branch, data: tree.branches.map((points) => [points[1][1], points[1][0]]), silent: true },
        { type: "custom", renderItem: rule, data: tree.breaks.map((place) => [0, place]), silent: true },
      ],
    };
  }

  function start() {
    if (tree && element) report.chart.make(element, describe, { height: tree.leaves.length * 24 + 60 });
  }

  return { start };
})();
