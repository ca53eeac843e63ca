import { ExternalLink, Image as Sign } from "lucide-react";
import { useMemo, useState } from "react";
import { cx } from "@/lib/cx";
import { bytes } from "@/lib/format";
import { picture } from "@/lib/images";
import css from "./Picture.module.css";

const SHOWN_BYTES = 2 * 2 ** 20;

/** An image that others sent. One whose bytes came along is drawn within limits; a remote one is only ever opened by a press, elsewhere. */
export function Picture({ source, alt = "" }: { source: string; alt?: string }) {
  const found = useMemo(() => picture(source), [source]);
  const [asked, setAsked] = useState(false);
  const [large, setLarge] = useState(false);
  const [broken, setBroken] = useState(false);
  if (found.kind === "remote") {
    return (
      <a className={css.remote} href={found.url} target="_blank" rel="noopener noreferrer nofollow" title={`Not loaded: it would tell ${found.host} that you look. Opens in a new tab: ${found.url}`}>
        <Sign aria-hidden="true" />
        <span className="clip foreign">{alt || "Image"}</span>
        <span className="dim clip foreign">{found.host}, not loaded</span>
        <ExternalLink aria-hidden="true" />
      </a>
    );
  }
  if (found.kind === "refused" || broken) {
    return (
      <span className={css.remote}>
        <Sign aria-hidden="true" />
        <span className="clip foreign">{alt || "Image"}</span>
        <span className="dim foreign">{found.kind === "refused" ? `${found.text || "no address"}; not shown: ${found.reason}` : `${found.type}; its bytes are damaged`}</span>
      </span>
    );
  }
  const facts = `${found.type.replace("image/", "").toUpperCase()}, ${found.width} × ${found.height}, ${bytes(found.bytes)}`;
  if (found.bytes > SHOWN_BYTES && !asked) {
    return (
      <button type="button" className={css.remote} onClick={() => setAsked(true)}>
        <Sign aria-hidden="true" /> Show the image <span className="dim">{facts}</span>
      </button>
    );
  }
  return (
    <button type="button" className={cx(css.frame, large && css.large)} aria-label={large ? "Smaller" : "Larger"} title={facts} onClick={() => setLarge(!large)}>
      <img src={found.url} alt={alt || `Image in a message, ${facts}`} width={found.width} height={found.height} decoding="async" onError={() => setBroken(true)} />
    </button>
  );
}
