import express from 'express'
import { describeGuards } from './guard-cases.js'

describeGuards('Express 5', express)
