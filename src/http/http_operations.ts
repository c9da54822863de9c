/**
 * What `/openapi.json` tells of what is answered beside nest-chat's API.
 *
 * @module
 */
import { z } from "zod";
import { PROFILES } from "../dialects/dialect.ts";
import {
  healthAnswer,
  linksAnswer,
  problem,
  roomNames,
} from "./http_schemas.ts";
import type { Operation } from "./operation.ts";

/** Lists, links and health. */
export function httpOperations(linksUrl: string): Operation[] {
  return [LIST_ROOMS, showLinks(linksUrl), HEALTH, READINESS];
}

const LIST_ROOMS: Operation = {
  method: "get",
  path: "/rooms",
  id: "listRooms",
  tag: "chat-ws",
  summary: "List rooms",
  description: "The public, open rooms that contain messages.",
  parameters: [
    {
      name: "room_id",
      in: "query",
      description: "Only this room, if it is one of them.",
      schema: z.string().min(1),
    },
    {
      name: "profile",
      in: "query",
      description:
        "`document`: rooms that contain messages; `original`: rooms that anybody ever joined.",
      schema: z.enum(PROFILES),
    },
  ],
  answers: {
    200: { description: "The rooms.", schema: roomNames },
    400: { description: "The query is not valid.", schema: problem },
  },
  examples: [
    {
      name: "rooms",
      summary: "Two rooms",
      status: 200,
      answer: { rooms: ["general", "3XX"] },
    },
    {
      name: "one",
      summary: "Whether there is this one",
      parameters: { room_id: "3XX" },
      status: 200,
      answer: { rooms: ["3XX"] },
    },
    {
      name: "noProfile",
      summary: "A profile that is none",
      parameters: { profile: "klingon" },
      status: 400,
      answer: { error: "profile must be document or original" },
    },
  ],
};

function showLinks(github: string): Operation {
  return {
    method: "get",
    path: "/links",
    id: "showLinks",
    tag: "redis-chat",
    summary: "Show links",
    parameters: [],
    answers: { 200: { description: "The links.", schema: linksAnswer } },
    examples: [
      { name: "links", summary: "As set", status: 200, answer: { github } },
    ],
  };
}

const HEALTH: Operation = {
  method: "get",
  path: "/healthz",
  id: "checkHealth",
  tag: "operation",
  summary: "Ask whether the process lives",
  parameters: [],
  answers: { 200: { description: "It does.", schema: healthAnswer } },
  examples: [
    { name: "ok", summary: "It does", status: 200, answer: { status: "ok" } },
  ],
};

const READINESS: Operation = {
  method: "get",
  path: "/readyz",
  id: "checkReadiness",
  tag: "operation",
  summary: "Ask whether the process wants work",
  parameters: [],
  answers: {
    200: { description: "It does.", schema: healthAnswer },
    503: { description: "It does not, and why.", schema: problem },
  },
  examples: [
    { name: "ok", summary: "It does", status: 200, answer: { status: "ok" } },
    {
      name: "stopping",
      summary: "It is being stopped",
      status: 503,
      answer: { error: "server is stopping" },
    },
  ],
};
