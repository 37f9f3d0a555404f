import express from 'express';
import type { TargetModule } from '../../lib/target-module.js';
import { serveTokens } from '../serve-tokens.js';

/** Express alone: what a guard inside it cannot go below. */
export const createTarget: TargetModule['createTarget'] = ({ benchmark }) =>
  serveTokens(benchmark, () => express().get('/mcp', (_request, response) => void response.json({ ok: true })));
