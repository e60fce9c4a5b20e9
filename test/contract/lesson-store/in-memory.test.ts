import { InMemoryLessonStore } from '../../../src/memory/in-memory.ts';
import { lessonStoreContract } from './suite.ts';

lessonStoreContract('in memory', async () => new InMemoryLessonStore());
