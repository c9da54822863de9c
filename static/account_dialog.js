/**
 * Who one is: a guest with a name, or an account.
 *
 * @module
 */
import { avatarOf, nameElement, nameOf } from "./person.js";

/** What the server says in short. */
const WORDS = {
  "wrong_password": "There is no account of that name with this password.",
  "name_taken": "There is an account of that name: sign in, or choose another.",
};

/** Of accounts that are made here; redis-chat's own clients may take less. */
const PASSWORD_LENGTH_MIN = 8;

const dialog = document.getElementById("account-dialog");
const problem = document.getElementById("account-problem");
const who = document.getElementById("account-who");
const guestForm = document.getElementById("guest-form");
const guestField = document.getElementById("guest-name");
const signForm = document.getElementById("sign-form");
const nameField = document.getElementById("sign-name");
const passwordField = document.getElementById("sign-password");
const signUpButton = document.getElementById("sign-up");
const signOutButton = document.getElementById("sign-out");
const guestParts = document.getElementById("as-guest");
const accountParts = document.getElementById("as-account");

/** @param {import("./client.js").ParleyClient} chat */
export function startAccountDialog(chat) {
  for (const opener of document.querySelectorAll("[data-opens=account]")) {
    opener.addEventListener("click", () => open(chat));
  }
  document.getElementById("account-close")
    .addEventListener("click", () => dialog.close());
  // A press beside the dialog closes it.
  dialog.addEventListener("click", ({ target }) => {
    if (target === dialog) dialog.close();
  });
  guestForm.addEventListener("submit", (event) => {
    event.preventDefault();
    attempt(() => chat.rename(guestField.value.trim()));
  });
  signForm.addEventListener("submit", (event) => {
    event.preventDefault();
    const isNew = event.submitter === signUpButton;
    if (isNew && passwordField.value.length < PASSWORD_LENGTH_MIN) {
      problem.textContent =
        `A new password needs ${PASSWORD_LENGTH_MIN} characters or more.`;
      return passwordField.focus();
    }
    const name = nameField.value.trim();
    const credentials = { name, password: passwordField.value };
    attempt(() => isNew ? chat.signUp(credentials) : chat.signIn(credentials));
  });
  signOutButton.addEventListener("click", () => attempt(() => chat.signOut()));
}

/** Draws who one is, wherever the page says it. */
export function showAccount(user) {
  for (const place of document.querySelectorAll("[data-shows=me]")) {
    place.replaceChildren(nameElement(user));
  }
  for (const place of document.querySelectorAll("[data-shows=face]")) {
    place.replaceChildren(avatarOf(user));
  }
}

function open({ user }) {
  problem.textContent = "";
  passwordField.value = "";
  const isGuest = user?.verified !== true;
  guestParts.hidden = !isGuest;
  accountParts.hidden = isGuest;
  guestField.value = user?.name ?? "";
  guestField.placeholder = user ? nameOf(user) : "";
  who.textContent = user ? nameOf(user) : "";
  dialog.showModal();
}

async function attempt(act) {
  problem.textContent = "";
  dialog.setAttribute("aria-busy", "true");
  try {
    await act();
    dialog.close();
  } catch (error) {
    problem.textContent = WORDS[error.code] ?? error.message;
  } finally {
    dialog.removeAttribute("aria-busy");
  }
}
