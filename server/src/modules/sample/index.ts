export { sampleSentences } from './sample-sentences.ts';
export { openSamples, type SampleGround, type Samples } from './samples.ts';
