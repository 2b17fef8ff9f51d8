export { openEmergency } from './emergencies.ts';
export { emergencySentences } from './emergency-sentences.ts';
