// Text blocks as one writes them: Tiptap over the textarea, which keeps the Markdown. What it does not know stays there.
let tiptap;
const words = document.getElementById("compose").dataset;

/** Opens an editor over each text of a block that can be given back as it is. */
export async function openEditors(block, path, changed) {
  for (const area of block.querySelectorAll("textarea[data-rich]:not([data-seen])")) {
    area.dataset.seen = "";
    tiptap ??= await import(document.querySelector("link[rel=modulepreload]").href);
    if (tiptap.keeps(area.value) && !area.matches(":disabled")) open(area, path, changed);
  }
}

function open(area, path, changed) {
  const box = Object.assign(document.createElement("div"), { className: "rich" });
  const tools = Object.assign(document.createElement("div"), { className: "tools" });
  const ask = Object.assign(document.createElement("div"), { className: "ask", hidden: true });
  const place = document.createElement("div");
  const label = document.querySelector(`label[for="${area.id}"]`);
  label.id ||= `${area.id}-label`;
  tools.setAttribute("role", "toolbar");
  tools.setAttribute("aria-label", words.saidTools);
  box.append(tools, ask, place);
  area.before(box);
  area.hidden = true;
  const attributes = { "aria-labelledby": label.id, "aria-multiline": "true", role: "textbox", spellcheck: "true" };
  const editor = tiptap.open(place, area.value.trimEnd(), {
    attributes,
    where: (name) => `${path}/picture/${encodeURIComponent(name)}`,
    paste: (event) => paste(editor, event),
    changed: (markdown) => { area.value = markdown; changed(); },
  });
  label.addEventListener("click", () => editor.commands.focus());
  toolbar(tools, ask, editor, area, box);
}

function toolbar(tools, ask, editor, area, box) {
  const marks = [];
  const add = (name, act, active) => {
    const button = Object.assign(document.createElement("button"), { type: "button", textContent: words[`said${name}`] });
    button.onclick = act;
    if (active) marks.push([button, active]);
    tools.append(button);
  };
  const chain = () => editor.chain().focus();
  add("Bold", () => chain().toggleBold().run(), () => editor.isActive("bold"));
  add("Italic", () => chain().toggleItalic().run(), () => editor.isActive("italic"));
  add("Link", () => askLink(ask, editor), () => editor.isActive("link"));
  add("List", () => chain().toggleBulletList().run(), () => editor.isActive("bulletList"));
  add("Numbers", () => chain().toggleOrderedList().run(), () => editor.isActive("orderedList"));
  add("Heading", () => chain().toggleHeading({ level: 3 }).run(), () => editor.isActive("heading"));
  add("Quote", () => chain().toggleBlockquote().run(), () => editor.isActive("blockquote"));
  add("Picture", () => askPicture(ask, editor));
  add("Markdown", () => { editor.destroy(); box.remove(); area.hidden = false; area.focus(); });
  const look = () => { for (const [button, active] of marks) button.setAttribute("aria-pressed", String(active())); };
  editor.on("transaction", look);
  look();
}

function askLink(ask, editor) {
  const target = field("Target", Object.assign(document.createElement("input"), { value: editor.getAttributes("link").href ?? "https://" }));
  open_(ask, editor, [target], () => {
    const href = target.control.value.trim();
    const chain = editor.chain().focus().extendMarkRange("link");
    if (!href || href === "https://") chain.unsetLink().run();
    else if (editor.state.selection.empty && !editor.isActive("link"))
      chain.insertContent([{ type: "text", text: href, marks: [{ type: "link", attrs: { href } }] }]).run();
    else chain.setLink({ href }).run();
  });
}

function askPicture(ask, editor) {
  const list = document.createElement("select");
  const known = document.querySelector("select[data-pictures]");
  for (const one of known?.options ?? []) if (one.value) list.add(new Option(one.value, one.value));
  const name = field("Image", list);
  const alt = field("Alt", Object.assign(document.createElement("input"), { required: true }));
  open_(ask, editor, [name, alt], () => {
    if (!list.value || !alt.control.value.trim()) return alt.control.focus() ?? false;
    editor.chain().focus().insertContent({ type: "image", attrs: { src: list.value, alt: alt.control.value.trim() } }).run();
    return true;
  });
}

function field(name, control) {
  const label = document.createElement("label");
  label.append(words[`said${name}`], control);
  return { label, control };
}

function open_(ask, editor, fields, done) {
  const yes = Object.assign(document.createElement("button"), { type: "button", textContent: words.saidInsert });
  const no = Object.assign(document.createElement("button"), { type: "button", className: "secondary", textContent: words.saidCancel });
  const close = () => { ask.hidden = true; ask.replaceChildren(); editor.commands.focus(); };
  const go = () => { if (done() !== false) close(); };
  yes.onclick = go;
  no.onclick = close;
  ask.onkeydown = (event) => {
    if (event.key === "Enter") { event.preventDefault(); go(); }
    if (event.key === "Escape") close();
  };
  ask.oninput = (event) => event.stopPropagation();
  ask.replaceChildren(...fields.map((one) => one.label), yes, no);
  ask.hidden = false;
  fields[0].control.focus();
}

// What a word processor puts on the clipboard is cleaned by the desk, which knows what a letter may hold.
function paste(editor, event) {
  const html = event.clipboardData?.getData("text/html");
  if (!html) return false;
  const plain = event.clipboardData.getData("text/plain");
  fetch("/desk/compose/paste", { method: "POST", body: new URLSearchParams({ html }) })
    .then((answer) => (answer.ok && !answer.redirected ? answer.text() : plain))
    .then((markdown) => editor.commands.insertContent(markdown, { contentType: "markdown" }));
  event.preventDefault();
  return true;
}
