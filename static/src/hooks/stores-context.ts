import { createContext } from "preact";
import { useContext } from "preact/hooks";
import type { Stores } from "../stores/index.ts";

export const StoresContext = createContext<Stores | null>(null);

/** The stores of the `StoresContext.Provider` above. */
export function useStores(): Stores {
  const stores = useContext(StoresContext);
  if (stores === null) throw new Error("useStores needs a StoresContext.Provider above it.");
  return stores;
}
