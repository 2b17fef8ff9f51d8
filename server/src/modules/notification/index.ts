export { removeOldNotices } from './notice-retention.ts';
export { openNotifications } from './notifications.ts';
export { type NewNotice, notify, notifyMany } from './notify.ts';
