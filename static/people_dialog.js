/**
 * Finds whom to write to alone: people with an account, and who is here.
 *
 * @module
 */
import { addressOf } from "./address.js";
import { element } from "./element.js";
import { avatarOf, meet, nameElement, nameOf } from "./person.js";

const SHOWN_MAX = 100;
const PAUSE_MS = 200;

const dialog = document.getElementById("people-dialog");
const field = document.getElementById("people-field");
const list = document.getElementById("people-found");
const note = document.getElementById("people-note");
let timer;
let asked = 0;

/**
 * @param {import("./client.js").ParleyClient} chat
 * @param {{ members(): readonly object[] }} host Who is in the room that is shown.
 */
export function startPeopleDialog(chat, host) {
  document.getElementById("people-button").addEventListener("click", () => {
    field.value = "";
    dialog.showModal();
    search(chat, host);
  });
  document.getElementById("people-close")
    .addEventListener("click", () => dialog.close());
  dialog.addEventListener("click", ({ target }) => {
    if (target === dialog || target.closest("a")) dialog.close();
  });
  field.addEventListener("input", () => {
    clearTimeout(timer);
    timer = setTimeout(() => search(chat, host), PAUSE_MS);
  });
  document.getElementById("people-form")
    .addEventListener("submit", (event) => event.preventDefault());
}

async function search(chat, { members }) {
  asked += 1;
  const turn = asked;
  const wanted = field.value.trim();
  const here = members().filter((user) =>
    nameOf(user).toLocaleLowerCase().includes(wanted.toLocaleLowerCase())
  );
  let accounts = [];
  let problem = "";
  try {
    const { users } = await chat.users(wanted === "" ? {} : { search: wanted });
    accounts = users;
  } catch (error) {
    problem = error.message;
  }
  if (turn !== asked) return;
  const all = new Map([...accounts, ...here].map((user) => [user.id, user]));
  all.delete(chat.user?.id);
  const found = [...all.values()].slice(0, SHOWN_MAX);
  found.forEach(meet);
  list.replaceChildren(...found.map(lineOf));
  note.textContent = problem ||
    (found.length === 0 ? "Nobody of that name." : "");
}

function lineOf(user) {
  const isOnline = user.online ?? true;
  return element("li", {}, [
    element("a", {
      class: "row-link",
      href: addressOf({ direct: user.id }),
    }, [
      avatarOf(user),
      nameElement(user),
      element("span", { class: "hint" }, [isOnline ? "here" : "away"]),
    ]),
  ]);
}
