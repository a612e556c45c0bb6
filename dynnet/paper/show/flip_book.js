// Flip books of a page: a range input goes through the frames of a walk. No kernel, no request.

(() => {
  const open = (book) => {
    const { walks, sources } = JSON.parse(book.querySelector("script[type='application/json']").textContent);
    const [menu, range] = [book.querySelector("select"), book.querySelector("input")];
    const images = [...book.querySelectorAll("figure:not(.plot) img")];
    const dot = book.querySelector(".dot");

    const show = () => {
      const { alpha, text, pictures, reading, dot: place } = walks[menu ? menu.value : 0].frames[range.value];
      book.dataset.alpha = alpha;
      images.forEach((image, index) => {
        image.src = `data:image/jpeg;base64,${sources[pictures[index]]}`;
        image.alt = `${image.dataset.title}, α = ${text}`;
      });
      if (dot && place) [dot.style.left, dot.style.top] = place.map((share) => `${share}%`);
      range.setAttribute("aria-valuetext", text);
      book.querySelector("output").textContent = text;
      book.querySelector(".reading").textContent = reading;
    };

    const choose = () => {
      const { frames } = walks[menu.value];
      const distance = (frame) => Math.abs(frame.alpha - book.dataset.alpha);
      const nearest = frames.reduce((best, frame) => (distance(frame) < distance(best) ? frame : best));
      range.max = frames.length - 1;
      range.value = frames.indexOf(nearest);
      show();
    };

    range.addEventListener("input", show);
    menu?.addEventListener("change", choose);
    book.classList.add("open");
    show();
  };
  for (const book of document.querySelectorAll(".flip-book:not(.open)")) open(book);
})();
