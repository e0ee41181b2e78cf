import { useData, withBase } from "vitepress";
import { defineComponent, h, onMounted, ref, useId, watch } from "vue";

/** The library as its authors bundle it, copied by `site/build.ts`: to bundle it again takes longer than the whole site. */
const MERMAID = "/mermaid/mermaid.esm.min.mjs";
/** A diagram is not made narrower than this, and scrolls instead: its text would be too small. */
const LEAST_WIDTH = 600;

/** Draws the source of a Mermaid diagram in the colors of the page. Without JavaScript, the source itself is shown. */
export const MermaidDiagram = defineComponent({
  props: {
    /** The source, percent-encoded. */
    source: { type: String, required: true },
  },
  setup({ source }) {
    const text = decodeURIComponent(source);
    const { isDark } = useData();
    const drawing = ref<{ readonly svg: string; readonly colors: "light" | "dark" }>();
    const canvas = ref<HTMLElement>();
    const library = withBase(MERMAID);
    const id = `diagram-${useId()}`;

    async function draw(): Promise<void> {
      const colors = isDark.value ? "dark" : "light";
      const { default: mermaid } = (await import(/* @vite-ignore */ library)) as typeof import("mermaid");
      // Texts are measured before they are drawn, which has to be in their own font and in their own place.
      await document.fonts.ready;
      if (canvas.value === undefined) return;
      mermaid.initialize({
        startOnLoad: false,
        securityLevel: "strict",
        theme: colors === "dark" ? "dark" : "neutral",
        fontFamily: getComputedStyle(canvas.value).fontFamily,
      });
      const { svg } = await mermaid.render(id, text, canvas.value);
      drawing.value = { svg: readable(svg), colors };
    }

    onMounted(draw);
    watch(isDark, draw);
    return () =>
      h("figure", { class: "diagram", "data-colors": drawing.value?.colors }, [
        h("div", { ref: canvas, class: "canvas", "aria-hidden": "true" }),
        drawing.value === undefined ? h("pre", text) : h("div", { innerHTML: drawing.value.svg }),
      ]);
  },
});

function readable(svg: string): string {
  return svg.replace(/max-width: ([\d.]+)px;/, (limit, width) => {
    return `${limit} min-width: ${Math.min(Number(width), LEAST_WIDTH)}px;`;
  });
}
