"use strict";
// The taxonomy as a graph, laid out in layers from what is supervised to what learns from it.
report.graph = (() => {
  const element = document.getElementById("graph");
  const said = document.getElementById("graph-text");
  const picture = document.getElementById("graph-picture");
  const MARGIN = 16;
  const LARGEST = 1.15;
  let graph = null;

  function elements(record) {
    const bought = new Set(record.sources);
    const names = new Set([...record.sources, ...record.edges.map((edge) => edge.target)]);
    const nodes = [...names].map((name) => {
      const task = report.task(name);
      return { data: { id: name, label: task.title, fill: task.fill, ink: task.ink }, classes: bought.has(name) ? "bought" : "" };
    });
    const edges = record.edges.flatMap((edge) =>
      edge.sources
        .filter((source) => source !== edge.target)
        .map((source) => ({
          data: { id: `${source}>${edge.target}`, source, target: edge.target, fill: report.task(source).fill, gain: edge.gain ?? 0.5 },
          classes: edge.share !== null && edge.share < 0.5 ? "unsure" : "",
        })));
    return { nodes, edges };
  }

  function style() {
    const { colour } = report.theme;
    return [
      { selector: "node", style: {
        label: "data(label)", shape: "round-rectangle", width: 180, height: 26, "font-size": 12, color: colour("text"),
        "font-family": "system-ui, sans-serif", "text-valign": "center", "background-color": colour("card"),
        "border-width": 2, "border-color": "data(fill)", "text-max-width": 172, "text-wrap": "ellipsis" } },
      { selector: "node.bought", style: { "background-color": "data(fill)", color: "data(ink)", "font-weight": 700 } },
      { selector: "node:active, node.near", style: { "overlay-color": colour("accent"), "overlay-opacity": 0.18, "overlay-padding": 3 } },
      { selector: "edge", style: {
        width: "mapData(gain, 0, 1, 1, 5)", "line-color": "data(fill)", "target-arrow-color": "data(fill)",
        "target-arrow-shape": "triangle", "curve-style": "straight", "source-endpoint": "90deg", "target-endpoint": "270deg", opacity: 0.7 } },
      { selector: "edge.unsure", style: { "line-style": "dashed" } },
      { selector: ".far", style: { opacity: 0.15 } },
    ];
  }

  function draw(record) {
    const { nodes, edges } = elements(record);
    if (graph) graph.destroy();
    graph = cytoscape({
      container: element, elements: { nodes, edges }, style: style(), minZoom: 0.3, maxZoom: 2.5,
      userZoomingEnabled: false, boxSelectionEnabled: false, autoungrabify: true,
      layout: { name: "dagre", rankDir: "LR", nodeSep: 9, edgeSep: 1, rankSep: element.clientWidth < 600 ? 60 : 260, fit: false },
    });
    fit();
    graph.on("tap", "node", (event) => report.state.showTarget(event.target.id()));
    graph.on("mouseover", "node", (event) => focus(event.target));
    graph.on("mouseout", "node", () => graph.elements().removeClass("far near"));
    said.textContent = `Budget ${record.budget}: ${report.title(record.sources).replaceAll(" + ", ", ")} supervised.`;
  }

  // The graph takes the whole width, up to a readable size, and as much height as it then needs.
  function fit() {
    const box = graph.elements().boundingBox();
    const zoom = Math.min((element.clientWidth - 2 * MARGIN) / box.w, LARGEST);
    element.style.height = `${Math.ceil(box.h * zoom) + 2 * MARGIN}px`;
    graph.resize();
    graph.zoom(zoom);
    graph.center();
  }

  // What is drawn on a canvas does not print until the next frame; a picture does.
  function takePicture() {
    if (graph) picture.src = graph.png({ full: true, scale: 2 });
  }

  function focus(node) {
    graph.elements().addClass("far");
    node.closedNeighborhood().removeClass("far");
    node.addClass("near");
  }

  function start() {
    if (!element || !report.state.record()) return;
    draw(report.state.record());
    report.state.on("taxonomy", (record) => record && draw(record));
    report.theme.onChange(() => graph.style(style()));
    let width = element.clientWidth;
    new ResizeObserver(() => {
      if (element.clientWidth === width) return;
      width = element.clientWidth;
      fit();
    }).observe(element);
  }

  return { start, takePicture, cy: () => graph };
})();
