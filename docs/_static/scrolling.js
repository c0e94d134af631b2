/* What is too wide for the page and scrolls by itself can be reached, and scrolled, by the keyboard. */

"use strict";

const reach = () => {
  for (const part of document.querySelectorAll("article pre, article .table-wrapper")) {
    if (part.scrollWidth > part.clientWidth) part.tabIndex = 0;
    else part.removeAttribute("tabindex");
  }
};

addEventListener("DOMContentLoaded", reach);
addEventListener("resize", reach);
