/**
 * What people may call themselves, their rooms and say, to break a page.
 *
 * Each is well formed and fits where it is put.
 *
 * @module
 */

/** Markup, in the ways in which it has been smuggled. */
const MARKUP = [
  "<img src=x onerror=alert(1)>",
  "</script><script>alert(2)</script>",
  "\"'`><svg/onload=alert(3)>",
  "<svg><script>alert(4)</script></svg>",
  "<iframe srcdoc='<script>alert(5)</script>'></iframe>",
  "<a href='javascript:alert(6)'>x</a>",
  "<style>*{display:none}</style>",
  "<style>@import '//evil.example/x.css';</style>",
  "<base href='//evil.example/'>",
  "<meta http-equiv=refresh content='0;url=//evil.example'>",
  "<form action='//evil.example'><button>ok</button></form>",
  "<input autofocus onfocus=alert(7)>",
  "<details open ontoggle=alert(8)>",
  "<math><mtext></form><form><mglyph><style></math><img src onerror=alert(9)>",
  "<template><img src=x onerror=alert(10)></template>",
  "<!--><img src=x onerror=alert(11)>-->",
  "<![CDATA[<img src=x onerror=alert(12)>]]>",
  '<noscript><p title="</noscript><img src=x onerror=alert(13)>">',
  "</textarea><img src=x onerror=alert(14)>",
  "</title><img src=x onerror=alert(15)>",
  "<link rel=stylesheet href=//evil.example/x.css>",
  "<object data=//evil.example></object>",
  "<dialog open>x</dialog>",
  "<bdo dir=rtl>x</bdo>",
];

/** Addresses that are none, or not of the web. */
const ADDRESSES = [
  "javascript:alert(16)",
  "JaVaScRiPt:alert(17)",
  "data:text/html,<script>alert(18)</script>",
  "vbscript:msgbox(19)",
  "https://user:pass@evil.example\\@good.example/",
  'https://evil.example/"onmouseover="alert(20)',
  "https://evil.example/'onclick='alert(21)",
  "https://evil.example/><script>alert(22)</script>",
  "http://[::1]:0/%00%0d%0aset-cookie:x=1",
  "https://",
  "http://javascript:alert(23)//",
  "https://evil.example/\u202Egnp.exe",
  "file:///etc/passwd",
  "//evil.example/x.js",
];

/** Templates, escapes and names that programs trip over. */
const WORDS = [
  "&lt;b&gt; &amp; {{7*7}} ${1}",
  "{{constructor.constructor('alert(24)')()}}",
  "#{alert(25)}",
  "%3Cscript%3Ealert(26)%3C/script%3E",
  "\\u003cimg src=x onerror=alert(27)\\u003e",
  "__proto__",
  "constructor",
  "toString",
  "hasOwnProperty",
  "null",
  "[object Object]",
  "'; DROP TABLE messages; --",
  "\"'&#x3c;%/?#+=",
  "../../etc/passwd",
];

/** Signs that turn, cover or fill the page. */
const SIGNS = [
  "\u202Egnp.exe \u2066isolated",
  "\u202Eegnar",
  "שלום עולם, العربية, mixed",
  "عُمَر",
  "👩‍👩‍👧‍👦 🏳️‍🌈 e\u0301 Z̸̢̛a̷l̵g̶o̸",
  "a\u0300".repeat(40),
  "﷽﷽﷽﷽",
  "\u200Bzero\u200Bwidth\uFEFF",
  "w".repeat(120),
  "two  spaces and 🇩🇪🇯🇵 flags",
];

export const HOSTILE_STRINGS: readonly string[] = [
  ...MARKUP,
  ...ADDRESSES,
  ...WORDS,
  ...SIGNS,
];
