#!/usr/bin/env node
/**
 * The command line's entry. Everything is behind `errand.js`, which can also be started directly,
 * and then starts faster.
 *
 * @module
 */
import "./errand.js";
