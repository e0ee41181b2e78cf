import { useData, withBase } from "vitepress";
import { defineComponent, h, onMounted, ref, useId, watch } from "vue";

/** The library as its authors bundle it, which `site/build.ts` copies: to bundle it again takes four times as long as the site. */
const MERMAID = "/mermaid/mermaid.esm.min.mjs";

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
    const library = withBase(MERMAID);
    const id = `diagram-${useId()}`;

    async function draw(): Promise<void> {
      const colors = isDark.value ? "dark" : "light";
      const { default: mermaid } = (await import(/* @vite-ignore */ library)) as typeof import("mermaid");
      mermaid.initialize({
        startOnLoad: false,
        securityLevel: "strict",
        theme: colors === "dark" ? "dark" : "neutral",
        fontFamily: "inherit",
      });
      const { svg } = await mermaid.render(id, text);
      drawing.value = { svg, colors };
    }

    onMounted(draw);
    watch(isDark, draw);
    return () =>
      drawing.value === undefined
        ? h("figure", { class: "diagram" }, h("pre", text))
        : h("figure", { class: "diagram", "data-colors": drawing.value.colors, innerHTML: drawing.value.svg });
  },
});
