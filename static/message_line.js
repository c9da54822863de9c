/**
 * One message on the page.
 *
 * @module
 */
import { element } from "./element.js";
import { fullMomentOf, timeOf } from "./moment.js";
import { avatarOf, hueOf, nameElement, nameOf, personOf } from "./person.js";
import { richText } from "./rich_text.js";

const QUOTE_CHARACTERS_MAX = 120;
/** A few emoji and nothing else are shown large. */
const EMOJI_ONLY = /^(?:\p{RGI_Emoji}\s?){1,4}$/v;
/** What has these is no such text; the long list of emoji is not made for it. */
const PLAIN = /(?!ℹ)\p{L}/u;

/**
 * @typedef {object} LineContext
 * @property {boolean} follows Whether it stands under the head of another one.
 * @property {object | undefined} quoted The message that it answers.
 * @property {string} state `stored`, `sending`, or `waiting` for a connection.
 * @property {string} me The id of this page's user.
 */

export class MessageLine {
  /** @type {import("./client.js").Message} */
  message;
  #context = {};
  #avatar = element("div", { class: "face" });
  #head = element("p", { class: "head" });
  #quote = element("div", { class: "quoting" });
  #words = element("p", { class: "words", dir: "auto" });
  #foot = element("p", { class: "foot" });
  #reactions = element("ul", { class: "reactions", "aria-label": "Reactions" });

  constructor() {
    const body = element("div", { class: "body" }, [
      this.#head,
      this.#quote,
      this.#words,
      this.#foot,
      this.#reactions,
    ]);
    this.node = element("li", { class: "message", tabindex: "-1" }, [
      this.#avatar,
      body,
    ]);
  }

  /**
   * Draws what is otherwise than before.
   *
   * @param {import("./client.js").Message} message
   * @param {LineContext} context
   */
  update(message, context) {
    const before = this.message;
    const was = this.#context;
    this.message = message;
    this.#context = context;
    if (before !== message || was.follows !== context.follows) {
      this.#drawHead(before);
    }
    if (was.quoted !== context.quoted) this.#drawQuote();
    if (before?.text !== message.text || before.deleted !== message.deleted) {
      this.#drawWords();
    }
    if (before !== message || was.state !== context.state) this.#drawFoot();
    if (
      before?.reactions !== message.reactions || was.me !== context.me
    ) this.#drawReactions();
  }

  #drawHead(before) {
    const { author, at, via, mine } = this.message;
    const { follows } = this.#context;
    this.node.classList.toggle("follows", follows);
    this.node.classList.toggle("mine", mine);
    const isSame = before?.at === at && before.author.name === author.name &&
      before.author.id === author.id && before.via === via;
    if (isSame) return;
    const time = element("time", {
      datetime: new Date(at).toISOString(),
      title: fullMomentOf(at),
    }, [timeOf(at)]);
    const isForeign = via !== undefined && via !== "parley.v1";
    const mark = isForeign
      ? [element("span", { class: "via", title: `written in ${via}` }, [via])]
      : [];
    this.#head.replaceChildren(nameElement(author), ...mark, time);
    this.#avatar.replaceChildren(avatarOf(author));
  }

  #drawQuote() {
    const { replyTo } = this.message;
    const { quoted } = this.#context;
    if (replyTo === undefined) return this.#quote.replaceChildren();
    const button = element("button", {
      type: "button",
      class: "quote",
      tabindex: "-1",
      "data-seq": String(replyTo),
    }, quotation(quoted));
    this.#quote.replaceChildren(button);
  }

  #drawWords() {
    const { text, deleted } = this.message;
    this.node.classList.toggle("deleted", deleted);
    const isJumbo = !PLAIN.test(text) && EMOJI_ONLY.test(text);
    this.#words.classList.toggle("jumbo", isJumbo);
    if (deleted) this.#words.replaceChildren("This message was deleted.");
    else this.#words.replaceChildren(...richText(text));
  }

  #drawFoot() {
    const { editedAt, deleted } = this.message;
    const { state } = this.#context;
    this.node.classList.toggle("waiting", state !== "stored");
    if (state === "sending") this.#foot.replaceChildren("sending …");
    else if (state === "waiting") {
      this.#foot.replaceChildren("waits for the connection");
    } else if (editedAt !== undefined && !deleted) {
      const title = `edited ${fullMomentOf(editedAt)}`;
      this.#foot.replaceChildren(element("span", { title }, ["edited"]));
    } else this.#foot.replaceChildren();
  }

  #drawReactions() {
    const { me } = this.#context;
    const chips = Object.entries(this.message.reactions).map((
      [reaction, users],
    ) =>
      element("li", {}, [
        element("button", {
          type: "button",
          class: "chip",
          tabindex: "-1",
          "aria-pressed": String(users.includes(me)),
          "data-reaction": reaction,
          title: users.slice(0, 20).map((id) => nameOf(personOf(id)))
            .join(", "),
        }, [
          element("bdi", {}, [reaction]),
          element("span", { class: "count" }, [String(users.length)]),
        ]),
      ])
    );
    this.#reactions.hidden = chips.length === 0;
    this.#fillReactions(chips);
  }

  /** The keyboard stays where it was, and the Tab key's way through them. */
  #fillReactions(chips) {
    const { activeElement } = document;
    const focused = this.#reactions.contains(activeElement)
      ? activeElement.dataset.reaction
      : undefined;
    // First: what is taken off the page takes the focus with it.
    if (focused !== undefined) this.node.focus({ preventScroll: true });
    this.#reactions.replaceChildren(...chips);
    for (const chip of this.#reactions.querySelectorAll(".chip")) {
      if (this.node.querySelector(".actions")) chip.tabIndex = 0;
      if (chip.dataset.reaction === focused) {
        chip.focus({ preventScroll: true });
      }
    }
  }
}

/** Who said what, in short. */
export function quotation(message) {
  if (message === undefined) return ["an earlier message"];
  const { author, text, deleted } = message;
  const short = text.length > QUOTE_CHARACTERS_MAX
    ? `${text.slice(0, QUOTE_CHARACTERS_MAX).toWellFormed()}…`
    : text;
  return [
    element("bdi", { class: `who ${hueOf(author)}` }, [nameOf(author)]),
    element("bdi", { class: "what" }, [deleted ? "deleted" : short]),
  ];
}
