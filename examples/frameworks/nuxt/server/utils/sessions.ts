export { sessions } from '../../../shop/backend.js'
