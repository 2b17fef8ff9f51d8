export { openNotifications } from './notifications.ts';
export { type NewNotice, notify } from './notify.ts';
