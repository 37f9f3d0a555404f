#!/usr/bin/env node
// npm links a workspace bin before `prepare` has built anything and skips a missing file in silence,
// so the linked file is this committed one.
import '../dist/main.js';
