// The workbench's script: rich text, lists to put in order, lists to narrow. Learners' pages do not load it.
import "./editor/filtering.js";
import "./editor/rich-text.js";
import "./editor/sortable.js";
