/* Shows only where an implementation departs from the text.

   Each note below a paragraph names, in `data-departs`, the implementations and the Pythons on which
   they depart from its sentences. From these comes the list at the top of the page: without scripts
   there is none, and everything is shown. The choice is a part of the address, `?departs=NAME`, so
   that it can be linked to. */

"use strict";

addEventListener("DOMContentLoaded", () => {
  const notes = [...document.querySelectorAll("details.clauses[data-departs]")];
  const title = document.querySelector("article h1");
  if (!notes.length || !title) return;

  const departures = new Map(notes.map((note) => [note, JSON.parse(note.dataset.departs)]));
  const choice = document.createElement("select");
  const count = document.createElement("span");
  const label = document.createElement("label");
  const bar = document.createElement("p");
  bar.className = "departures";
  count.setAttribute("role", "status");
  label.append("Show ", choice);
  bar.append(label, " ", count);

  /* "NAME" stands for any Python, "NAME PYTHON" for one. */
  const known = new Map();
  for (const departs of departures.values()) {
    for (const [name, pythons] of Object.entries(departs)) {
      if (!known.has(name)) known.set(name, new Set());
      pythons.forEach((python) => known.get(name).add(python));
    }
  }
  if (!known.size) return;
  const numbers = new Intl.Collator("en", { numeric: true });
  choice.append(new Option("everything", ""));
  for (const [name, pythons] of known) {
    const group = document.createElement("optgroup");
    group.label = name;
    group.append(new Option(`only where ${name} departs`, name));
    for (const python of [...pythons].sort(numbers.compare)) {
      const value = `${name} ${python}`;
      group.append(new Option(`only where ${value} departs`, value));
    }
    choice.append(group);
  }

  const matches = (note, wanted) =>
    !wanted ||
    Object.entries(departures.get(note)).some(
      ([name, pythons]) => wanted === name || pythons.some((python) => wanted === `${name} ${python}`),
    );

  const show = (wanted) => {
    const shown = notes.filter((note) => matches(note, wanted));
    for (const note of notes) {
      const hidden = !shown.includes(note);
      note.hidden = hidden;
      if (note.previousElementSibling?.matches("p")) note.previousElementSibling.hidden = hidden;
    }
    /* What has nothing left to show goes as a whole: a function, or a section below the title's. */
    for (const part of document.querySelectorAll("article dl.py, article section section")) {
      part.hidden = Boolean(wanted) && !shown.some((note) => part.contains(note));
    }
    count.textContent = wanted ? `${shown.length} of ${notes.length} paragraphs` : "";
    const address = new URL(location);
    address.searchParams.delete("departs");
    if (wanted) address.searchParams.set("departs", wanted);
    history.replaceState(null, "", address);
  };

  /* Who follows a link to what is hidden wants to see it. */
  const reveal = () => {
    const target = document.getElementById(decodeURIComponent(location.hash.slice(1)));
    if (!target?.closest("[hidden]")) return;
    choice.value = "";
    show("");
    target.scrollIntoView();
  };

  choice.addEventListener("change", () => show(choice.value));
  addEventListener("hashchange", reveal);
  title.after(bar);
  const asked = new URLSearchParams(location.search).get("departs");
  if ([...choice.options].some((option) => option.value === asked)) choice.value = asked;
  if (choice.value) show(choice.value);
  reveal();
});
