// The rich editor of the composer: Tiptap over a textarea that keeps the Markdown.
import { Editor } from "@tiptap/core";
import Blockquote from "@tiptap/extension-blockquote";
import Bold from "@tiptap/extension-bold";
import Document from "@tiptap/extension-document";
import HardBreak from "@tiptap/extension-hard-break";
import Heading from "@tiptap/extension-heading";
import Image from "@tiptap/extension-image";
import Italic from "@tiptap/extension-italic";
import Link from "@tiptap/extension-link";
import { BulletList, ListItem, ListKeymap, OrderedList } from "@tiptap/extension-list";
import Paragraph from "@tiptap/extension-paragraph";
import Text from "@tiptap/extension-text";
import { UndoRedo } from "@tiptap/extensions";
import { Markdown, MarkdownManager } from "@tiptap/markdown";

// A picture is written by its name beside the issue, and shown from where the desk serves it.
const Picture = Image.extend({
  addOptions() {
    return { ...this.parent?.(), inline: true, where: (name) => name };
  },
  addAttributes() {
    return {
      ...this.parent?.(),
      src: {
        default: null,
        parseHTML: (element) => element.dataset.name ?? null,
        renderHTML: ({ src }) => ({ src: this.options.where(src), "data-name": src }),
      },
    };
  },
});

const extensions = (where) => [
  Document, Paragraph, Text, Bold, Italic, HardBreak, Blockquote, BulletList, OrderedList, ListItem, ListKeymap,
  Heading.configure({ levels: [3, 4] }),
  Picture.configure({ where }),
  Link.configure({ openOnClick: false, autolink: false, isAllowedUri: () => true, protocols: ["mailto", "tel"] }),
  UndoRedo,
  Markdown,
];

/** Whether the editor gives this Markdown back as it is; what it does not know must not go through it. */
export function keeps(markdown) {
  const manager = new MarkdownManager({ extensions: extensions((name) => name) });
  return manager.serialize(manager.parse(markdown)).trim() === markdown.trim();
}

/** An editor in `element`; `where` says whence a picture is shown, `paste` may take what is pasted, `changed` is called
 * with the Markdown after each change. */
export function open(element, markdown, { attributes, where, paste, changed }) {
  return new Editor({
    element,
    extensions: extensions(where),
    content: markdown,
    contentType: "markdown",
    injectCSS: false,
    // Before ProseMirror reads the clipboard itself, styles and all.
    editorProps: { attributes, handleDOMEvents: { paste: (_, event) => paste(event) } },
    onUpdate: ({ editor }) => changed(editor.getMarkdown()),
  });
}
