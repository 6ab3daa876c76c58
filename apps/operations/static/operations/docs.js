"use strict";

const place = document.getElementById("docs");

Redoc.init(
  place.dataset.document,
  {
    expandResponses: "200,201,204",
    hideDownloadButton: false,
    hideLoading: true,
    jsonSampleExpandLevel: 3,
    maxDisplayedEnumValues: 20,
    nativeScrollbars: true,
    requiredPropsFirst: true,
    sortPropsAlphabetically: false,
    theme: {
      colors: { primary: { main: "#2f5d8a" } },
      typography: {
        fontFamily: "system-ui, sans-serif",
        headings: { fontFamily: "system-ui, sans-serif" },
        code: { fontFamily: "ui-monospace, monospace" },
      },
    },
  },
  place,
);
