"use strict";
// The answer in words: every taxonomy's is in the page; the one chosen is shown.
report.answer = (() => {
  const articles = document.querySelectorAll(".answer");

  function show(record) {
    for (const article of articles) {
      const { order, budget } = article.dataset;
      article.hidden = !record || Number(order) !== record.order || Number(budget) !== record.budget;
    }
  }

  report.state.on("taxonomy", show);
  return { show };
})();
