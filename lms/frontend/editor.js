// The workbench's script: rich text and lists to put in order. Learners' pages do not load it.
import "./editor/rich-text.js";
import "./editor/sortable.js";
