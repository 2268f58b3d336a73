import { render } from "preact";
import "uplot/dist/uPlot.min.css";
import "./styles/index.css";
import { App } from "./app.tsx";
import { closeEverything } from "./components/close-everything.ts";
import { StoresContext } from "./hooks/index.ts";
import favicon from "./icons/favicon.svg";
import { navigate } from "./router.ts";
import { createBrowserVisits, type Stores } from "./stores/index.ts";

// The page comes without knowing the icon's hashed name where the manifest was not read.
const icon = document.querySelector<HTMLLinkElement>("link[rel=icon]") ?? document.createElement("link");
icon.rel = "icon";
icon.href = favicon;
document.head.append(icon);

const root = document.querySelector("#app") ?? document.body.appendChild(document.createElement("div"));
const visits = createBrowserVisits();

let visit = 0;

/** Another person's stores are another page: with another key nothing of what the last one typed or chose is kept. */
function show(stores: Stores): void {
  visit += 1;
  render(
    <StoresContext.Provider key={visit} value={stores}>
      <App />
    </StoresContext.Provider>,
    root,
  );
}

visits.stores.subscribe(show);
visits.start(() => {
  closeEverything();
  navigate("/", { replace: true });
});
