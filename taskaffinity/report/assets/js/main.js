"use strict";
report.theme.apply(report.theme.current());
for (const part of ["graph", "curve", "computation", "matrix", "tree", "targets", "sanity"]) report[part].start();
document.documentElement.dataset.ready = "yes";
