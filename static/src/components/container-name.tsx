import type { ContainerView } from "../protocol/messages.gen.ts";

/** Compose names containers project-service-number: only the middle tells them apart, so the rest steps back. */
export function ContainerName({ container }: { container: Pick<ContainerView, "name" | "project" | "service"> }) {
  const { name, project, service } = container;
  const at = project && service ? name.indexOf(service, project.length) : -1;
  if (!service || at < 1 || !name.startsWith(project ?? "")) return <>{name}</>;
  return (
    <>
      <span class="muted">{name.slice(0, at)}</span>
      {service}
      <span class="muted">{name.slice(at + service.length)}</span>
    </>
  );
}

const REGISTRY = /^(?:[\w-]+(?:\.[\w-]+)+(?::\d+)?|localhost(?::\d+)?|[\w-]+:\d+)\//;
const DIGEST = /@sha256:([0-9a-f]{12})[0-9a-f]*$/;
const BARE_ID = /^(?:sha256:)?([0-9a-f]{12})[0-9a-f]{52}$/;

/** The image without its registry, and a digest cut to what people compare. */
export function shortImage(image: string): string {
  return image.replace(REGISTRY, "").replace(BARE_ID, "$1").replace(DIGEST, "@$1");
}

export function ImageName({ image }: { image: string }) {
  return <span title={image}>{shortImage(image)}</span>;
}
