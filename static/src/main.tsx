import { render } from "preact";
import "uplot/dist/uPlot.min.css";
import "./styles/index.css";
import { App } from "./app.tsx";
import { StoresContext } from "./hooks/index.ts";
import favicon from "./icons/favicon.svg";
import { createBrowserStores } from "./stores/index.ts";

// The page comes without knowing the icon's hashed name where the manifest was not read.
const icon = document.querySelector<HTMLLinkElement>("link[rel=icon]") ?? document.createElement("link");
icon.rel = "icon";
icon.href = favicon;
document.head.append(icon);

const root = document.querySelector("#app") ?? document.body.appendChild(document.createElement("div"));
const stores = createBrowserStores();
stores.start();
render(
  <StoresContext.Provider value={stores}>
    <App />
  </StoresContext.Provider>,
  root,
);
