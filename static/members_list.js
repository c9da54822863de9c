/**
 * Who is in the room.
 *
 * @module
 */
import { addressOf } from "./address.js";
import { element } from "./element.js";
import { avatarOf, nameElement, nameOf } from "./person.js";

const SHOWN_MAX = 200;

const list = document.getElementById("members");
const more = document.getElementById("members-more");
const count = document.getElementById("members-count");
let drawn = "";

/**
 * @param {import("./client.js").Room} room
 * @param {string} me The id of this page's user.
 */
export function showMembers({ isJoined, members, memberCount }, me) {
  // Who is not in the room is not told who is.
  if (!isJoined) return showNobody();
  const all = members.toSorted((a, b) =>
    nameOf(a).localeCompare(nameOf(b)) || a.number - b.number
  );
  const shown = all.slice(0, SHOWN_MAX);
  const state = JSON.stringify([shown, memberCount, me]);
  if (state === drawn) return;
  drawn = state;
  const focused = list.contains(document.activeElement)
    ? document.activeElement.getAttribute("href")
    : undefined;
  count.textContent = String(memberCount);
  list.replaceChildren(...shown.map((user) => lineOf(user, me)));
  const left = memberCount - shown.length;
  more.hidden = left <= 0;
  more.textContent = `and ${left.toLocaleString()} more`;
  if (focused) list.querySelector(`[href="${CSS.escape(focused)}"]`)?.focus();
}

function showNobody() {
  drawn = "";
  list.replaceChildren();
  more.hidden = true;
  count.textContent = "";
}

function lineOf(user, me) {
  const isMe = user.id === me;
  const parts = [avatarOf(user), nameElement(user)];
  if (isMe) parts.push(element("span", { class: "hint" }, ["you"]));
  const row = isMe ? element("span", { class: "row-link" }, parts) : element(
    "a",
    {
      class: "row-link",
      href: addressOf({ direct: user.id }),
      title: `Write to ${nameOf(user)} alone`,
    },
    parts,
  );
  return element("li", {}, [row]);
}
