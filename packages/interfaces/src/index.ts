export type {
  ErrorStream,
  FileLike,
  FileWrapper,
  InputStream,
  Signal,
  StartResponse,
  WSGIApplication,
  WSGIBody,
  WSGIEnvironment,
  WSGIHeader,
  WSGIMiddleware,
  WriteCallable,
} from './wsgi.js';
