// Every page's script. Each module only adds comfort: without it the page still works.
import "./js/autosave.js";
import "./js/dialogs.js";
import "./js/resume.js";
import "./js/small.js";
import "./js/submitting.js";
import "./js/theme.js";
import { adoptToasts } from "./js/toast.js";

adoptToasts();
