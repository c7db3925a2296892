// The menu of who is signed in closes by Escape, and by a click elsewhere; without this script its own line closes it.

const menu = document.querySelector("details.who");

document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape" || !menu?.open) return;
  menu.open = false;
  menu.querySelector("summary").focus();
});

document.addEventListener("click", (event) => {
  if (menu?.open && !menu.contains(event.target)) menu.open = false;
});
