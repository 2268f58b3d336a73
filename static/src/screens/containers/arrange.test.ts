import { describe, expect, test } from "vitest";
import { containerView } from "../../stores/testing/test-stores.ts";
import { type Arrangement, arrange, countStates, matchesText } from "./arrange.ts";
import { keepUnchanged } from "./stable-list.ts";

const PLAIN: Arrangement = { text: "", state: null, sort: null, descending: false, grouped: true };
const FAILED = { state: "exited", condition: "failed", exit_code: 1, attention: true } as const;

function namesOf(groups: ReturnType<typeof arrange>): Record<string, string[]> {
  return Object.fromEntries(
    groups.map(({ project, containers }) => [project ?? "", containers.map(({ name }) => name)]),
  );
}

describe("the order of containers", () => {
  const list = [
    containerView({ name: "solo" }),
    containerView({ name: "blog-web-10", project: "blog" }),
    containerView({ name: "blog-web-2", project: "blog" }),
    containerView({ name: "shop-web", project: "shop" }),
    containerView({ name: "shop-job", project: "shop", ...FAILED }),
  ];

  test("a project that needs attention comes first, and in it the container that does", () => {
    const groups = arrange(list, PLAIN);
    expect(groups.map(({ project }) => project)).toEqual(["shop", "blog", null]);
    expect(namesOf(groups).shop).toEqual(["shop-job", "shop-web"]);
  });

  test("numbers in names count as numbers", () =>
    expect(namesOf(arrange(list, PLAIN)).blog).toEqual(["blog-web-2", "blog-web-10"]));

  test("without grouping everything is one list, attention first", () => {
    const [only, ...others] = arrange(list, { ...PLAIN, grouped: false });
    expect(others).toEqual([]);
    expect(only?.containers[0]?.name).toBe("shop-job");
    expect(only?.project).toBeNull();
  });

  test("a chosen column decides, and downwards is its reverse", () => {
    const by = { ...PLAIN, grouped: false, sort: "name" } as const;
    const up = arrange(list, by)[0]?.containers.map(({ name }) => name);
    const down = arrange(list, { ...by, descending: true })[0]?.containers.map(({ name }) => name);
    expect(up?.[0]).toBe("blog-web-2");
    expect(down).toEqual(up?.toReversed());
  });

  test("the youngest has the smallest age", () => {
    const young = containerView({ name: "young", started_at: "2026-11-20T08:59:00Z" });
    const old = containerView({ name: "old", started_at: "2026-11-01T00:00:00Z" });
    const [group] = arrange([old, young], { ...PLAIN, sort: "age" });
    expect(group?.containers.map(({ name }) => name)).toEqual(["young", "old"]);
  });
});

describe("the filter", () => {
  const web = containerView({
    name: "shop-web-1",
    image: "ghcr.io/acme/web:2",
    project: "shop",
    ports: [{ private: 80, protocol: "tcp", public: 8080, ip: null }],
  });

  test.each(["WEB", "acme", "shop web", ":8080", "running", web.id.slice(0, 12)])("finds it by %s", (text) =>
    expect(matchesText(web, text)).toBe(true),
  );

  test("every word must be found", () => expect(matchesText(web, "shop db")).toBe(false));

  test("states are counted over all, whatever is filtered", () => {
    const list = [web, containerView({ name: "job", ...FAILED }), containerView({ name: "p", state: "paused" })];
    expect(countStates(list)).toEqual({ attention: 1, running: 2, stopped: 1 });
    expect(namesOf(arrange(list, { ...PLAIN, state: "stopped" }))[""]).toEqual(["job"]);
  });

  test("nothing found is no group", () => expect(arrange([web], { ...PLAIN, text: "zzz" })).toEqual([]));
});

test("a container that did not change stays the same object from list to list", () => {
  const keep = keepUnchanged();
  const [web, job] = keep([containerView({ name: "web" }), containerView({ name: "job" })]);
  const [webAgain, jobAgain] = keep([containerView({ name: "web" }), containerView({ name: "job", status: "Up" })]);
  expect(webAgain).toBe(web);
  expect(jobAgain).not.toBe(job);
  expect(jobAgain?.status).toBe("Up");
});
