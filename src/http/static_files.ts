/**
 * The files of the pages and the client library: embedded, so that run, bundle,
 * compile and Deploy serve the same bytes and need no permission to read them.
 *
 * @module
 */
import accountDialogScript from "../../static/account_dialog.js" with {
  type: "text",
};
import addressScript from "../../static/address.js" with { type: "text" };
import announcerScript from "../../static/announcer.js" with { type: "text" };
import appScript from "../../static/app.js" with { type: "text" };
import chatStyle from "../../static/chat.css" with { type: "text" };
import clientTypes from "../../static/client.d.ts" with { type: "text" };
import clientScript from "../../static/client.js" with { type: "text" };
import composerStyle from "../../static/composer.css" with { type: "text" };
import composerScript from "../../static/composer.js" with { type: "text" };
import docsStyle from "../../static/docs.css" with { type: "text" };
import docsPage from "../../static/docs.html" with { type: "text" };
import docsScript from "../../static/docs.js" with { type: "text" };
import docsAsyncapiScript from "../../static/docs_asyncapi.js" with {
  type: "text",
};
import docsOpenapiScript from "../../static/docs_openapi.js" with {
  type: "text",
};
import docsProseScript from "../../static/docs_prose.js" with { type: "text" };
import docsSchemaScript from "../../static/docs_schema.js" with {
  type: "text",
};
import elementScript from "../../static/element.js" with { type: "text" };
import frameViewScript from "../../static/frame_view.js" with { type: "text" };
import framesTabScript from "../../static/frames_tab.js" with { type: "text" };
import iconScript from "../../static/icon.js" with { type: "text" };
import indexPage from "../../static/index.html" with { type: "text" };
import inspectorStyle from "../../static/inspector.css" with { type: "text" };
import inspectorScript from "../../static/inspector.js" with { type: "text" };
import inspectorConnectionScript from "../../static/inspector_connection.js" with {
  type: "text",
};
import inspectorDialectsScript from "../../static/inspector_dialects.js" with {
  type: "text",
};
import membersListScript from "../../static/members_list.js" with {
  type: "text",
};
import messageActionsScript from "../../static/message_actions.js" with {
  type: "text",
};
import messageLineScript from "../../static/message_line.js" with {
  type: "text",
};
import momentScript from "../../static/moment.js" with { type: "text" };
import panelsScript from "../../static/panels.js" with { type: "text" };
import peopleDialogScript from "../../static/people_dialog.js" with {
  type: "text",
};
import personScript from "../../static/person.js" with { type: "text" };
import refusalsScript from "../../static/refusals.js" with { type: "text" };
import renderingsTabScript from "../../static/renderings_tab.js" with {
  type: "text",
};
import richTextScript from "../../static/rich_text.js" with { type: "text" };
import roomsListScript from "../../static/rooms_list.js" with { type: "text" };
import socketIoLayersScript from "../../static/socket_io_layers.js" with {
  type: "text",
};
import statusLineScript from "../../static/status_line.js" with {
  type: "text",
};
import styleStyle from "../../static/style.css" with { type: "text" };
import tappedSocketScript from "../../static/tapped_socket.js" with {
  type: "text",
};
import timelineScript from "../../static/timeline.js" with { type: "text" };
import typingLineScript from "../../static/typing_line.js" with {
  type: "text",
};
import visitScript from "../../static/visit.js" with { type: "text" };
import visitsScript from "../../static/visits.js" with { type: "text" };

/** A text that is served as it is. */
export interface StaticFile {
  readonly path: string;
  readonly type: string;
  readonly text: string;
  /** Headers beyond those of all. */
  readonly headers?: Readonly<Record<string, string>>;
}

/**
 * The client library may be imported by any page: it holds no secret, and what
 * may connect is decided by the sockets.
 */
const FOR_ALL = { "access-control-allow-origin": "*" };

/** All of static/, by path. */
export const STATIC_FILES: readonly StaticFile[] = [
  page("/", indexPage),
  page("/docs", docsPage),
  {
    ...script("/client.js", clientScript),
    headers: { ...FOR_ALL, "x-typescript-types": "./client.d.ts" },
  },
  {
    path: "/client.d.ts",
    type: "application/typescript; charset=utf-8",
    text: clientTypes,
    headers: FOR_ALL,
  },
  script("/account_dialog.js", accountDialogScript),
  script("/address.js", addressScript),
  script("/announcer.js", announcerScript),
  script("/app.js", appScript),
  sheet("/chat.css", chatStyle),
  sheet("/composer.css", composerStyle),
  script("/composer.js", composerScript),
  sheet("/docs.css", docsStyle),
  script("/docs.js", docsScript),
  script("/docs_asyncapi.js", docsAsyncapiScript),
  script("/docs_openapi.js", docsOpenapiScript),
  script("/docs_prose.js", docsProseScript),
  script("/docs_schema.js", docsSchemaScript),
  script("/element.js", elementScript),
  script("/frame_view.js", frameViewScript),
  script("/frames_tab.js", framesTabScript),
  script("/icon.js", iconScript),
  sheet("/inspector.css", inspectorStyle),
  script("/inspector.js", inspectorScript),
  script("/inspector_connection.js", inspectorConnectionScript),
  script("/inspector_dialects.js", inspectorDialectsScript),
  script("/members_list.js", membersListScript),
  script("/message_actions.js", messageActionsScript),
  script("/message_line.js", messageLineScript),
  script("/moment.js", momentScript),
  script("/panels.js", panelsScript),
  script("/people_dialog.js", peopleDialogScript),
  script("/person.js", personScript),
  script("/refusals.js", refusalsScript),
  script("/renderings_tab.js", renderingsTabScript),
  script("/rich_text.js", richTextScript),
  script("/rooms_list.js", roomsListScript),
  script("/socket_io_layers.js", socketIoLayersScript),
  script("/status_line.js", statusLineScript),
  sheet("/style.css", styleStyle),
  script("/tapped_socket.js", tappedSocketScript),
  script("/timeline.js", timelineScript),
  script("/typing_line.js", typingLineScript),
  script("/visit.js", visitScript),
  script("/visits.js", visitsScript),
];

function page(path: string, text: string): StaticFile {
  return { path, type: "text/html; charset=utf-8", text };
}

function script(path: string, text: string): StaticFile {
  return { path, type: "text/javascript; charset=utf-8", text };
}

function sheet(path: string, text: string): StaticFile {
  return { path, type: "text/css; charset=utf-8", text };
}
